task "t" {
  input {
    provider = "x"
    config {
      lock {
        type = "azure_blob"
      }
      table {
        name = "a"
      }
      table {
        name = "b"
        columns {
          only = ["x"]
        }
      }
      topic "orders" {
        partitions = 3
      }
      topic "customers" {
        partitions = 1
      }
      route "eu" "west" {
        weight = 1
      }
      route "eu" "north" {
        weight = 2
      }
      empty {}
      one_line { a = 1 }
    }
  }
  output {
    provider = "y"
  }
}
