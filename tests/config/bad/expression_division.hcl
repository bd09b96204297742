task "t" {
  input {
    provider = "x"
    config {
      a = 1 / 0
    }
  }
  output {
    provider = "y"
  }
}
