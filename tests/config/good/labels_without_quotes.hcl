task orders {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
