task "t" {
  input {
    provider = "x"
  }
}
