task "t" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
  shutdown_grace = "30"
  ack_timeout = "soon"
}
