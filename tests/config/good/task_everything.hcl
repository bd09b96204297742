# env TOKEN=abc-secret
dstream {
  required_version = ">= 0.1, < 2"
  plugin_registry  = "ghcr.io/katasec"
  required_plugins {
    name    = "mssql"
    version = "1.0.0"
  }
}

task "everything" {
  description    = "all there is"
  type           = "providers"
  shutdown_grace = "1m30s"
  max_line_bytes = "1MiB"
  ack_timeout    = 90000

  input {
    provider           = "mssql"
    args               = ["--verbose", 5]
    env                = { TOKEN = env("TOKEN"), LEVEL = 3, NOTHING = null }
    protocol           = 2
    ready_timeout      = "45s"
    stdin_grace        = 0
    silent_output_wait = "1.5s"
    stray_lines        = "fail"

    restart {
      policy        = "always"
      max_restarts  = 7
      initial_delay = "250ms"
      max_delay     = "1m"
    }

    config {
      a = 1
    }
  }

  output {
    provider_ref = "ghcr.io/katasec/dstream-out-asb:v1.2.0"
  }

  dead_letter {
    provider = "file"
    config {
      path = "dead.jsonl"
    }
  }

  delivery {
    window_bytes     = "64MiB"
    window_envelopes = 5000
  }

  restart {
    policy = "never"
  }

  state {
    path = "state/everything.json"
  }
}
