task "t" {
  input {
    provider = "x"
    config {
      a = <<EOT
      never
      ended
    }
  }
  output {
    provider = "y"
  }
}
