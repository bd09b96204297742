task "t" {
  input {
    provider = "x"
    config {
      a =
      b = 1
    }
  }
  output {
    provider = "y"
  }
}
