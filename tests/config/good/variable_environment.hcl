# env DSTREAM_VAR_a=from the environment
# env DSTREAM_VAR_b=from the environment
# env DSTREAM_VAR_list=[1, 2]
# env DSTREAM_VAR_of_another_program=1
# var b=from a flag
variable "a" {
  type = string
}
variable "b" {
  type = string
}
variable "list" {
  type = list(number)
}
task "t" {
  input {
    provider = "x"
    config {
      a    = var.a
      b    = var.b
      list = var.list
    }
  }
  output {
    provider = "y"
  }
}
