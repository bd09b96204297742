task "t" {
  input "a" {
    provider = "x"
  }
  input "a" {
    provider = "x"
  }
  input "not this one" {
    provider = "x"
  }
  output {
    provider = "y"
  }
  output {
    provider = "y"
  }
}
