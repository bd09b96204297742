task "t" {
  input {
    provider = "x"
    config {
    }
    config {
    }
  }
  output {
    provider = "y"
  }
}
