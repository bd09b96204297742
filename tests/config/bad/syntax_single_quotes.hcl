task "t" {
  input {
    provider = "x"
    config {
      a = 'text'
    }
  }
  output {
    provider = "y"
  }
}
