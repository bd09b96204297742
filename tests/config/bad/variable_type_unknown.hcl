variable "a" {
  type = strng
}
variable "b" {
  type = "string"
}
variable "c" {
  type = list
  default = []
}
variable "d" {
  type = map(string, string)
}
