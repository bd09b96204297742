# env DATABASE_CONNECTION_STRING=Server=db;Password=a"b\c${d}
# env MESSAGING_CONNECTION_STRING=Endpoint=sb://x
# Independent provider orchestration (recommended)
task "counter-to-console" {
  type = "providers"  # New provider orchestration mode
  
  input {
    provider_path = "../dstream-counter-input-provider/bin/Release/net9.0/osx-x64/counter-input-provider"
    config {
      interval = 1000   # Generate counter every 1 second
      max_count = 50    # Stop after 50 iterations
    }
  }
  
  output {
    provider_path = "../dstream-console-output-provider/bin/Release/net9.0/osx-x64/console-output-provider"
    config {
      outputFormat = "simple"  # Use simple output format
    }
  }
}

# Future: OCI container image providers
task "production-pipeline" {
  type = "providers"
  
  input {
    provider_ref = "ghcr.io/katasec/mssql-cdc-provider:v1.0.0"
    config {
      connection_string = "{{ env \"DATABASE_CONNECTION_STRING\" }}"
      tables = ["Orders", "Customers"]
    }
  }
  
  output {
    provider_ref = "ghcr.io/katasec/azure-servicebus-provider:v1.0.0"
    config {
      connection_string = "{{ env \"MESSAGING_CONNECTION_STRING\" }}"
      queue_name = "data-events"
    }
  }
}
