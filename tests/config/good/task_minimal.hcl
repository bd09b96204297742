task "t" {
  input {
    provider = "counter"
  }
  output {
    provider = "console"
  }
}
