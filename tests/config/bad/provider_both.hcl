task "t" {
  input {
    provider     = "x"
    provider_ref = "ghcr.io/a/b:v1"
  }
  output {
    provider = "y"
  }
}
