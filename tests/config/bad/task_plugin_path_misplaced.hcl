task "t" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
  type = "providers"
  plugin_path = "./x"
}
