task "t" {
  input {
    provider = "x"
    config {
      a = "never closed
      b = 1
    }
  }
  output {
    provider = "y"
  }
}
