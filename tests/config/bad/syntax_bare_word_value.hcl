task "t" {
  input {
    provider = "x"
    config {
      a = hello
    }
  }
  output {
    provider = "y"
  }
}
