# dstream run example -c providers/counter/input/example.hcl

task "example" {
  input {
    provider = "counter"
    config {
      interval  = "100ms"
      max_count = 3
    }
  }
  output {
    provider = "console"
  }
}
