# env CS=Endpoint=sb://x
ingester {
  db_type = "sqlserver"
  queue {
    name              = "q"
    connection_string = env("CS")
  }
}
publisher {
  source {
    type = "azure_service_bus"
  }
}
