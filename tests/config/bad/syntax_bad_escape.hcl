task "t" {
  input {
    provider = "x"
    config {
      a = "C:\Users\x"
    }
  }
  output {
    provider = "y"
  }
}
