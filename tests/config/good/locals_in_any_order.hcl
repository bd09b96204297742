locals {
  c = "${local.b}c"
  a = "a"
}
locals {
  b = "${local.a}b"
}
task "t" {
  input {
    provider = "x"
    config {
      all   = local.c
      whole = keys(local)
    }
  }
  output {
    provider = "y"
  }
}
