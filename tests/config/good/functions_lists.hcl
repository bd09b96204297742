task "t" {
  input {
    provider = "x"
    config {
      concat          = concat([1], [2, 3], [])
      contains        = contains(["a", "b"], "b")
      index           = index(["a", "b"], "b")
      element         = [element(["a", "b"], 0), element(["a", "b"], 3)]
      slice           = slice(["a", "b", "c"], 1, 3)
      flatten         = flatten([[1, [2]], [], [3]])
      reverse         = reverse([1, 2, 3])
      sort            = sort(["b", "a", "C"])
      distinct        = distinct(["a", "b", "a"])
      compact         = compact(["a", "", "b"])
      chunklist       = chunklist([1, 2, 3], 2)
      coalescelist    = coalescelist([], [1])
      one             = [one([]), one([5])]
      alltrue         = alltrue([true, false])
      anytrue         = anytrue([true, false])
      setunion        = setunion(["a"], ["b"])
      setintersection = setintersection(["a", "b"], ["b"])
      setsubtract     = setsubtract(["a", "b"], ["b"])
      length          = [length([1, 2]), length("grüße"), length({ a = 1 })]
    }
  }
  output {
    provider = "y"
  }
}
