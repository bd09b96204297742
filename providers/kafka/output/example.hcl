# dstream run example -c providers/kafka/output/example.hcl

task "example" {
  input {
    provider = "generate"
    config {
      count = 100
    }
  }
  output {
    provider = "kafka"
    config {
      bootstrap_servers = env("KAFKA_SERVERS")
      topic             = "numbers"
      key               = "{data.id}"
      create_topics     = true

      topics {
        partitions = 3
      }
    }
  }
}
