task "t" {
  input {
    provider = "x"
    env = { "A=B" = "c" }
  }
  output {
    provider = "y"
  }
}
