locals {
  left_out = [1,,2]
}
task "t" {
  input {
    provider = "x"
    config {
      a = local.left_out
      b = 5 5
    }
  }
  output {
    provider = "y"
  }
}
