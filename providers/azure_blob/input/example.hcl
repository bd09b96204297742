# AZURE_STORAGE_CONNECTION_STRING=… dstream run example -c providers/azure_blob/input/example.hcl

task "example" {
  input {
    provider = "azure_blob"
    config {
      container         = "lake"
      connection_string = env("AZURE_STORAGE_CONNECTION_STRING")
      prefix            = "events/"
    }
  }
  output {
    provider = "console"
    config {
      output_format = "simple"
    }
  }
}
