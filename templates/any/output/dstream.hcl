task "try" {
  input {
    provider = "counter"
    config {
      interval  = 10
      max_count = 5
    }
  }
  output {
    provider_path = "./run"
    config {
      path = "out.jsonl"
    }
  }
}
