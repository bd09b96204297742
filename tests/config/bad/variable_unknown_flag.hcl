# var prefx=a
variable "prefix" {
  default = "a"
}
