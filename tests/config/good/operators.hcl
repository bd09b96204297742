task "t" {
  input {
    provider = "x"
    config {
      arithmetic = [1 + 2, 5 - 7, 3 * 4, 7 / 2, 7 % 3, -(-5)]
      compare    = [1 < 2, 2 <= 2, 3 > 4, 4 >= 5, 1 == 1, "a" != "b"]
      logic      = [true && false, true || false, !true]
      precedence = 1 + 2 * 3 == 7 && !false
      condition  = 5 > 3 ? "more" : "less"
      exact      = 9007199254740993 + 1
    }
  }
  output {
    provider = "y"
  }
}
