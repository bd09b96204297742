# dstream run example -c providers/console/output/example.hcl

task "example" {
  input {
    provider = "counter"
    config {
      interval  = 0
      max_count = 2
    }
  }
  output {
    provider = "console"
    config {
      output_format = "structured"
    }
  }
}
