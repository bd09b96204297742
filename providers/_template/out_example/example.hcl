# dstream run example -c providers/_template/out_example/example.hcl

task "example" {
  input {
    provider = "counter"
    config {
      interval  = 0
      max_count = 10
    }
  }
  output {
    provider = "example"
    config {
      path = "copy.jsonl"
    }
  }
}
