task "try" {
  input {
    provider_path = "./run"
    config {
      max_count = 5
    }
  }
  output {
    provider = "console"
    config {
      output_format = "simple"
    }
  }
}
