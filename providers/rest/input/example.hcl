# ORDERS_URL=https://api.example.com/v1/orders API_TOKEN=… \
#   dstream run example -c providers/rest/input/example.hcl

task "example" {
  input {
    provider = "rest"
    config {
      endpoint   = env("ORDERS_URL")
      auth_token = env("API_TOKEN")
      key        = ["id"]
      follow     = false # one turn
      pagination {
        type = "link_header"
      }
    }
  }
  output {
    provider = "console"
  }
}
