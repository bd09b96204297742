# var prefix=events
variable "prefix" {
  type        = string
  default     = "unused"
  description = "what topics begin with"
}
locals {
  shouted = [for t in local.tables : upper(t)]
  tables  = ["${var.prefix}.orders"]
}
task "t" {
  input {
    provider = "x"
    config {
      name   = task.name
      prefix = var.prefix
      tables = local.tables
      again  = local.shouted
      root   = basename(path.root)
    }
  }
  output {
    provider = "y"
  }
}
