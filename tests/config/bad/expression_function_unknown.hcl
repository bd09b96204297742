task "t" {
  input {
    provider = "x"
    config {
      a = uper("x")
      b = length()
      c = length([], [])
    }
  }
  output {
    provider = "y"
  }
}
