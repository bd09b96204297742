# pipx install tap-jsonl
# ORDERS_FILE=orders.jsonl \
#   dstream run example -c providers/singer/input/example.hcl

task "example" {
  input {
    provider = "singer"
    config {
      tap = "tap-jsonl"
      tap_config = {
        path        = env("ORDERS_FILE")
        stream_name = "orders"
      }
    }
  }
  output {
    provider = "console"
  }
}
