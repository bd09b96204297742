# var tables=["a", 
variable "tables" {
  type = list(string)
}
