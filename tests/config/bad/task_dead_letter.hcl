task "t" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
  dead_letter {
    config {
      path = "x"
    }
  }
}
