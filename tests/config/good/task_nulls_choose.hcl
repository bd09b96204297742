# var is_local=true
variable "is_local" {
  type = bool
}
task "t" {
  ack_timeout = null
  input {
    provider      = var.is_local ? null : "counter"
    provider_path = var.is_local ? "./counter" : null
  }
  output {
    provider = "console"
  }
}
