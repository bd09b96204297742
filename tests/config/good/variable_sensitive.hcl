# var pw=hunter2-from-a-flag
variable "pw" {
  type      = string
  sensitive = true
}
task "t" {
  input {
    provider = "x"
    config {
      alone    = var.pw
      inside   = "user:${var.pw}"
      length   = length(var.pw)
      shown    = nonsensitive(substr(var.pw, 0, 3))
      in_list  = [var.pw, "plain"]
      is       = issensitive(var.pw)
      explicit = sensitive("by hand")
    }
  }
  output {
    provider = "y"
  }
}
