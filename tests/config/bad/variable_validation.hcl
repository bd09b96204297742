# var prefix=x
variable "prefix" {
  type = string
  validation {
    condition     = length(var.prefix) > 2
    error_message = "'${var.prefix}' is too short"
  }
  validation {
    error_message = "no condition"
  }
  validation {
    condition = "text"
  }
}
