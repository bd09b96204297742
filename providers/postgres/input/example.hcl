# DATABASE_URL=postgres://user:password@host/database \
#   dstream run example -c providers/postgres/input/example.hcl

task "example" {
  input {
    provider = "postgres"
    config {
      connection_string = env("DATABASE_URL")
      tables            = ["orders"]
      follow            = false # ends when all that is there was read
    }
  }
  output {
    provider = "console"
  }
}
