locals {
  tables = []
}
variable "prefix" {
  default = ""
}
task "t" {
  input {
    provider = "x"
    config {
      a = local.tabels
      b = vra.x
      c = var.prefx
      d = task.nam
    }
  }
  output {
    provider = "y"
  }
}
