# DATABASE_URL=mysql://user:password@host/database \
#   dstream run example -c providers/mysql/output/example.hcl

task "example" {
  input {
    provider = "generate"
    config {
      count = 100
    }
  }
  output {
    provider = "mysql"
    config {
      connection_string = env("DATABASE_URL")
      table             = "made_up"
      mode              = "insert"
      create_tables     = "rows" # generate sends no schema
    }
  }
}
