# dstream run example -c providers/servicebus/input/example.hcl

task "example" {
  input {
    provider = "servicebus"
    config {
      connection_string = env("SERVICEBUS_CONNECTION_STRING")
      queue             = "orders"
      idle_timeout      = "1s" # ends when the queue is empty
    }
  }
  output {
    provider = "console"
  }
}
