task "t" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
  delivery = { window_bytes = "64MiB" }
}
