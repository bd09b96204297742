task "t" {
  input {
    provider = "x"
    config {
      keys      = keys({ b = 1, a = 2 })
      values    = values({ b = 1, a = 2 })
      lookup    = [lookup({ a = 1 }, "a", 0), lookup({ a = 1 }, "b", 0)]
      merge     = merge({ a = 1, b = 1 }, { b = 2 }, null)
      zipmap    = zipmap(["a", "b"], [1, 2])
      transpose = transpose({ a = ["x", "y"], b = ["x"] })
    }
  }
  output {
    provider = "y"
  }
}
