task "t" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
  shutdown_grac = "10s"
  retries = 3
}
