# pipx install target-jsonl
# dstream run example -c providers/singer/output/example.hcl

task "example" {
  input {
    provider = "generate"
    config {
      count = 100
    }
  }
  output {
    provider = "singer"
    config {
      target = "target-jsonl"
      schema = "infer" # generate sends no schema
      target_config = {
        destination_path = "."
      }
    }
  }
}
