task "old" {
  plugin_ref = "ghcr.io/katasec/plugin:v1"
  config {
    interval = 500
    table {
      name = "a"
    }
    table {
      name = "b"
    }
  }
}
