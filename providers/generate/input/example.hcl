# dstream run example -c providers/generate/input/example.hcl

task "example" {
  input {
    provider = "generate"
    config {
      max_count = 100000
      size      = 500
    }
  }
  output {
    provider = "null"
  }
}
