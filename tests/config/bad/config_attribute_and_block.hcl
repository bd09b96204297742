task "t" {
  input {
    provider = "x"
    config {
      lock = 1
      lock {
      }
    }
  }
  output {
    provider = "y"
  }
}
