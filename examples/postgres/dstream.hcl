# DATABASE_URL=postgres://user:password@host/shop \
#   dstream run changes-to-file -c examples/postgres
#
# follow = false ends a run when all that is there was read: the next one goes on
# from there. Leave it out to go on for ever.

task "changes-to-file" {
  input {
    provider = "postgres"
    config {
      connection_string = env("DATABASE_URL", "postgres://localhost/shop")
      tables            = ["orders", "customers"]
      slot              = "to_file"
      follow            = false
    }
  }
  output {
    provider = "file"
    config {
      path   = "changes.jsonl"
      format = "envelopes"
    }
  }
}

# COPY_URL is the database that becomes a copy; its tables are made.
task "copy" {
  input {
    provider = "postgres"
    config {
      connection_string = env("DATABASE_URL", "postgres://localhost/shop")
      tables            = ["orders", "customers"]
      slot              = "to_postgres"
      follow            = false
    }
  }
  output {
    provider = "postgres"
    config {
      connection_string = env("COPY_URL", "postgres://localhost/copy")
    }
  }
}
