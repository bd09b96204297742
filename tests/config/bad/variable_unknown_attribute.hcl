variable "a" {
  defualt = 1
}
variable {
}
variable "x y" {
  default = 1
}
