locals {
  none = null
}
task "t" {
  input {
    provider = "x"
    config {
      tostring = [tostring(5), tostring(true)]
      tonumber = tonumber("1.50")
      tobool   = tobool("true")
      tolist   = tolist([1, "a"])
      toset    = toset(["b", "a", "b"])
      tomap    = tomap({ a = 1, b = "x" })
      coalesce = coalesce("", null, "a")
      try      = [try(local.none.such, "fallback"), try(5, 6)]
      can      = [can(local.none), can(5 + "x")]
    }
  }
  output {
    provider = "y"
  }
}
