task "t" {
  input {
    config {
    }
  }
  output {
    provider = "y"
  }
}
