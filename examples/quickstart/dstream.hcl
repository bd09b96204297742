# Counts to five on the console: dstream run my-pipeline

task "my-pipeline" {
  description = "Counts to five on the console"
  type        = "providers"

  input {
    provider = "counter"
    config {
      interval = 200 # milliseconds between two numbers
      maxCount = 5   # stop after five
    }
  }

  output {
    provider = "console"
    config {
      output_format = "simple" # one line per envelope
    }
  }
}
