task "t" {
  input {
    provider = "x"
    config {
      a = 1 + "x"
      b = !5
      c = [1][3]
      d = { a = 1 }.b
      e = "${[1]}"
    }
  }
  output {
    provider = "y"
  }
}
