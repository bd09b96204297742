task "t" {
  input {
    provider = "x"
    config {
      topic "a" {
      }
      topic {
      }
      topic "a" {
      }
    }
  }
  output {
    provider = "y"
  }
}
