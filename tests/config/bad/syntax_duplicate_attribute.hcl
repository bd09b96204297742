task "t" {
  input {
    provider = "x"
    config {
      a = 1
      a = 2
    }
  }
  output {
    provider = "y"
  }
}
