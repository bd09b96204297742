# dstream run example -c providers/servicebus/output/example.hcl

task "example" {
  input {
    provider = "generate"
    config {
      count = 100
    }
  }
  output {
    provider = "servicebus"
    config {
      connection_string = env("SERVICEBUS_CONNECTION_STRING")
      queue             = "orders"
      subject           = "{metadata.source}"
    }
  }
}
