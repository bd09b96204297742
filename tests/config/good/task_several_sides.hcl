task "fan" {
  input "orders" {
    provider = "counter"
  }
  input "customers" {
    provider_path = "./bin/customers"
  }
  output "console" {
    provider = "console"
  }
  output "archive" {
    provider = "file"
  }
}
