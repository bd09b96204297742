task "t" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
  restart {
    policy        = "on_failure"
    max_restarts  = -1
    initial_delay = "1m"
    max_delay     = "30s"
    retries       = 5
  }
}
