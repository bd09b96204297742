task "t" {
  input {
    provider = "x"
    config {
      a = [1, 2
      b = 1
    }
  }
  output {
    provider = "y"
  }
}
