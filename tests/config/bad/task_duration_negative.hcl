task "t" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
  shutdown_grace = -5
  ack_timeout = 0
}
