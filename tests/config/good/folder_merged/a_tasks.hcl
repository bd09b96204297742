task "a" {
  input {
    provider = "x"
    config {
      value = local.shared
      given = var.given
    }
  }
  output {
    provider = "y"
  }
}
