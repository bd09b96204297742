# var pin=not-a-number
variable "pin" {
  type      = number
  sensitive = true
}
variable "word" {
  type      = string
  default   = "hunter2"
  sensitive = true
  validation {
    condition     = length(var.word) > 20
    error_message = "'${var.word}' is too short"
  }
}
