# tasks wanted
variable "needed_by_other" {
  type = string
}
locals {
  broken = env("NOT_SET")
}
task "wanted" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
task "other" {
  input {
    provider = env("NOT_SET")
    config {
      a = local.broken
      b = "{{ env "NOT_SET" }}"
      c = var.needed_by_other
    }
  }
  output {
    provider = "y"
  }
}
