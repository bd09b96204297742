task "t" {
  input {
    provider = "x"
    config {
      a = "Hello {{name}}"
    }
  }
  output {
    provider = "y"
  }
}
