# var port=many
variable "port" {
  type = number
}
variable "list" {
  type    = list(string)
  default = "one"
}
