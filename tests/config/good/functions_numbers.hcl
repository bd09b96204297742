task "t" {
  input {
    provider = "x"
    config {
      abs      = [abs(-5), abs(0.5)]
      ceil     = ceil(1.2)
      floor    = floor(-1.2)
      signum   = signum(-3)
      pow      = pow(2, 10)
      log      = log(8, 2)
      min      = min(3, 1, 2)
      max      = max([3, 1, 2]...)
      sum      = sum([1, 2, 3])
      parseint = [parseint("ff", 16), parseint("-101", 2)]
      range    = [range(3), range(1, 4), range(10, 0, -3)]
    }
  }
  output {
    provider = "y"
  }
}
