task "1st task" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
