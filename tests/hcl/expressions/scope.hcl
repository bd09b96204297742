# The variables of expressions.txt, for both evaluators.
var = {
  name    = "orders"
  count   = 3
  enabled = true
  nothing = null
  tags    = { b = "two", a = "one" }
}
local = {
  tables = ["dbo.orders", "dbo.customers"]
  list   = tolist(["x", "y", "z"])
  set    = toset(["b", "a", "b"])
  map    = tomap({ k = "v", a = "b" })
  mixed  = ["a", 1, true, null, { x = 1 }]
  people = [
    { name = "Ann", age = 30, tags = ["a", "b"] },
    { name = "Bob", age = 25, tags = [] },
  ]
  nested = { one = { two = { three = 3 } } }
}
path = { root = "." }
