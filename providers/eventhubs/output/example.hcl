# dstream run example -c providers/eventhubs/output/example.hcl

task "example" {
  input {
    provider = "generate"
    config {
      count = 100
    }
  }
  output {
    provider = "eventhubs"
    config {
      connection_string = env("EVENTHUBS_CONNECTION_STRING")
      event_hub         = "orders"
      partition_key     = "{metadata.source}"
    }
  }
}
