# dstream run example -c providers/sqlite/output/example.hcl

task "example" {
  input {
    provider = "generate"
    config {
      count = 100
    }
  }
  output {
    provider = "sqlite"
    config {
      path          = "example.db"
      table         = "made_up"
      mode          = "insert"
      create_tables = "rows" # generate sends no schema
    }
  }
}
