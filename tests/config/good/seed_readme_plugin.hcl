# Legacy single plugin mode (backward compatibility)
task "dotnet-counter-plugin" {
  type = "plugin"
  plugin_path = "../dstream-dotnet-sdk/samples/dstream-dotnet-test/out/dstream-dotnet-test"
   
  config {
    interval = 500  # Plugin-level configuration
  }
  
  input {
    provider = "null"
    config {
      interval = 1000
    }
  }
  
  output {
    provider = "console"
    config {
      format = "json"
    }
  }
}
