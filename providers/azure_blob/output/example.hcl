# AZURE_STORAGE_CONNECTION_STRING=… dstream run example -c providers/azure_blob/output/example.hcl

task "example" {
  input {
    provider = "generate"
    config {
      count = 1000
    }
  }
  output {
    provider = "azure_blob"
    config {
      container         = "lake"
      connection_string = env("AZURE_STORAGE_CONNECTION_STRING")
      prefix            = "made-up/{date:2006-01-02}/"
      format            = "parquet"
    }
  }
}
