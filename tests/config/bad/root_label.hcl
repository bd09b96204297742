dstream "x" {
  plugin_registy = "r"
}
locals "y" {
}
