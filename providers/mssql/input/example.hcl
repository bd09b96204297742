# DSTREAM_DB_CONNECTION_STRING='Server=…;Database=…;User ID=…;Password=…' \
#   dstream run example -c providers/mssql/input/example.hcl

task "example" {
  input {
    provider = "mssql"
    config {
      db_connection_string = env("DSTREAM_DB_CONNECTION_STRING", "Server=localhost;Database=shop;User ID=dstream;Password=secret;TrustServerCertificate=true")
      tables               = ["dbo.orders", "sales.*"]
      poll_interval        = "5s"
      max_poll_interval    = "1m"

      lock_config {
        type = "sql"
      }
    }
  }
  output {
    provider = "console"
  }
}
