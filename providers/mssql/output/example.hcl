# DSTREAM_DB_CONNECTION_STRING='Server=…;Database=…;User ID=…;Password=…' \
#   dstream run example -c providers/mssql/output/example.hcl

task "example" {
  input {
    provider = "generate"
    config {
      count = 100
    }
  }
  output {
    provider = "mssql"
    config {
      db_connection_string = env("DSTREAM_DB_CONNECTION_STRING", "Server=localhost;Database=copy;User ID=dstream;Password=secret;TrustServerCertificate=true")
      table                = "made_up"
      mode                 = "insert"
      create_tables        = "rows" # generate sends no key
    }
  }
}
