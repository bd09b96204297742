task "t" {
  input {
    provider = "x"
    config {
      a : 1
    }
  }
  output {
    provider = "y"
  }
}
