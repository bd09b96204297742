# A table of one Postgres database, kept the same in another one:
#   SOURCE_URL=postgres://… TARGET_URL=postgres://… dstream run copy
# The source needs wal_level = logical; `dstream plan` says what is missing.

task "copy" {
  input {
    provider = "postgres"
    config {
      connection_string = env("SOURCE_URL", "postgres://dstream:secret@localhost/shop")
      tables            = ["orders"]
      slot              = "copy_orders"
    }
  }
  output {
    provider = "postgres"
    config {
      connection_string = env("TARGET_URL", "postgres://dstream:secret@localhost/copy")
      guard             = "position"
    }
  }
}
