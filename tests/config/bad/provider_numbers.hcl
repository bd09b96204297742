task "t" {
  input {
    provider = "x"
    protocol    = "two"
    ready_timeout = true
  }
  output {
    provider = "y"
  }
}
