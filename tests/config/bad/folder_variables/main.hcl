variable "prefix" {
  type = number
}
