# dstream run example -c providers/null/output/example.hcl

task "example" {
  input {
    provider = "generate"
    config {
      count = 1000
    }
  }
  output {
    provider = "null"
    config {
      delay = "10ms"
    }
  }
}
