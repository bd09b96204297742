dstream {
  required_version = ">= 2, != 2.1.0"
}
