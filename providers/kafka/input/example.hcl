# dstream run example -c providers/kafka/input/example.hcl

task "example" {
  input {
    provider = "kafka"
    config {
      bootstrap_servers = env("KAFKA_SERVERS")
      topics            = ["orders"]
      group             = "dstream-example"
      follow            = false
    }
  }
  output {
    provider = "console"
  }
}
