dstream {
  required_version = "newest"
}
