# From SQL Server to a topic per table: dstream server -c examples/ingester

ingester {
  db_type              = "sqlserver"
  db_connection_string = env("DSTREAM_DB_CONNECTION_STRING", "sqlserver://dstream:secret@localhost:1433?database=TestDB")

  poll_interval_defaults {
    poll_interval     = "5s"
    max_poll_interval = "2m"
  }

  queue {
    type              = "servicebus"
    name              = "ingest-queue"
    connection_string = env("DSTREAM_INGEST_CONNECTION_STRING", "Endpoint=sb://localhost;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true")
  }

  locks {
    type = "sql" # or "azure_blob", with a connection_string
  }

  tables = ["Persons", "sales.Orders"]

  tables_overrides {
    overrides {
      table_name        = "Persons"
      max_poll_interval = "10m"
      exclude           = ["Photo"]
    }
  }
}

publisher {
  source {
    type              = "azure_service_bus"
    connection_string = env("DSTREAM_PUBLISHER_CONNECTION_STRING", "Endpoint=sb://localhost;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true")
  }

  output {
    type              = "azure_service_bus"
    connection_string = env("DSTREAM_PUBLISHER_CONNECTION_STRING", "Endpoint=sb://localhost;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true")
  }
}
