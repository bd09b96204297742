task "t" {
  input {
    provider = "x"
    config {
      a = 1 b = 2
    }
  }
  output {
    provider = "y"
  }
}
