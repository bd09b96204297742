task {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
