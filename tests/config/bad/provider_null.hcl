task "t" {
  input {
    provider = null
  }
  output {
    provider = ""
  }
}
