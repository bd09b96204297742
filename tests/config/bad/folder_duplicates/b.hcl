locals {
  x = 2
}
variable "v" {
  default = 2
}
task "orders" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
