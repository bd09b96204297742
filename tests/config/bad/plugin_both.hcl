task "t" {
  plugin_path = "./a"
  plugin_ref  = "b"
  input {
  }
}
