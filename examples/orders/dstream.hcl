# Copies a file of orders, record by record: dstream run copy-orders

task "copy-orders" {
  description = "Orders from one JSON Lines file to another"
  type        = "providers"

  input {
    provider = "file"
    config {
      path = "orders.jsonl"
    }
  }

  output {
    provider = "file"
    config {
      path = "out/orders.jsonl"
    }
  }
}
