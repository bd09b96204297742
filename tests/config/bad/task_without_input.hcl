task "t" {
  output {
    provider = "y"
  }
}
