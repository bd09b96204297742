task "t" {
  input {
    provider = "x"
    config {
      list      = [for x in [1, 2, 3] : x * 2]
      filtered  = [for x in [1, 2, 3] : x if x != 2]
      index     = [for i, x in ["a", "b"] : "${i}${x}"]
      object    = { for k, v in { a = 1, b = 2 } : upper(k) => v }
      grouped   = { for w in ["apple", "avocado", "bean"] : substr(w, 0, 1) => w... }
      from_object = [for k, v in { b = 1, a = 2 } : k]
    }
  }
  output {
    provider = "y"
  }
}
