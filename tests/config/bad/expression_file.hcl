task "t" {
  input {
    provider = "x"
    config {
      a = file("none.txt")
    }
  }
  output {
    provider = "y"
  }
}
