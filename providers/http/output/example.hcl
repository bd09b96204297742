# ORDERS_URL=https://api.example.com/orders API_TOKEN=… \
#   dstream run example -c providers/http/output/example.hcl

task "example" {
  input {
    provider = "generate"
    config {
      count = 5
    }
  }
  output {
    provider = "http"
    config {
      url        = env("ORDERS_URL")
      auth_token = env("API_TOKEN")
      batch      = "json_array"
    }
  }
}
