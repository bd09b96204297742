# dstream run example -c providers/http/input/example.hcl &
# curl -d '{"hello":"world"}' http://127.0.0.1:8080/

task "example" {
  input {
    provider = "http"
    config {
      listen    = env("LISTEN", "127.0.0.1:8080")
      max_count = 1 # ends after the first
    }
  }
  output {
    provider = "console"
  }
}
