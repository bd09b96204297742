task "t" {
  input {
    provider = "x"
    args        = "--verbose"
    env         = ["A=b"]
    protocol    = 3
    stray_lines = "keep"
    ready_timeout = 0
  }
  output {
    provider = "y"
  }
}
