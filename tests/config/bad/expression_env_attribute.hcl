task "t" {
  input {
    provider = "x"
    config {
      a = env.HOME
    }
  }
  output {
    provider = "y"
  }
}
