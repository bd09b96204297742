task "a" "b" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
