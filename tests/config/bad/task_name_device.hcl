task "con" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
