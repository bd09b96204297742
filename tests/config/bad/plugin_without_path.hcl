task "t" {
  type = "plugin"
}
