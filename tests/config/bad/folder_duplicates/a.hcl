locals {
  x = 1
}
variable "v" {
  default = 1
}
task "orders" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
