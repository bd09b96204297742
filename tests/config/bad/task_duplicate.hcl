task "t" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
task "t" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
