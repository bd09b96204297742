dstrem {
  plugin_registry = "ghcr.io/katasec"
}

variable "count" {
  type    = nubmer
  default = 5
}

locals {
  a = local.b
  b = local.a
}

task "orders" {
  typ = "providers"

  input {
    provider      = "mssql"
    provider_path = "./mssql"
    config {
      tables = local.tabels
      secret = "{{ env "DATABSE_URL" }}"
      count  = length(5, 6)
    }
  }
}

task "Orders" {
  input {
    providr = "x"
  }
  output {
    provider      = "y"
    ready_timeout = "30"
  }
  retsart {
    policy = "on-failure"
  }
}
