variable "prefix" {
  type = string
}
variable "given" {
  type    = string
  default = "default"
}
