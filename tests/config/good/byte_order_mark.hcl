task "t" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
