# var prefix=events
variable "prefix" {
  type = string
  validation {
    condition     = length(var.prefix) > 2
    error_message = "must have more than 2 characters"
  }
  validation {
    condition     = can(regex("^[a-z]+$", var.prefix))
    error_message = "must be lower case"
  }
}
