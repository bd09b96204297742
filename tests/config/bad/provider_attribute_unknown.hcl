task "t" {
  input {
    provider = "x"
    redy_timeout = "10s"
    confg {
    }
  }
  output {
    provider = "y"
  }
}
