task "t" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
  config {
    a = 1
  }
}
