# dstream run example -c providers/file/output/example.hcl

task "example" {
  input {
    provider = "generate"
    config {
      count = 1000
    }
  }
  output {
    provider = "file"
    config {
      path      = "out/made-up-{seq}.jsonl"
      max_bytes = "100KiB"
    }
  }
}
