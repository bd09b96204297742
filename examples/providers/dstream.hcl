# Providers in other languages: run these with `dstream run NAME`.

task "squares" {
  input {
    provider_path = "./squares.py"
    config {
      count = 4
    }
  }
  output {
    provider_path = "./table.py"
    config {
      separator = " -> "
    }
  }
}

task "clock" {
  input {
    provider_path = "./clock.sh"
  }
  output {
    provider_path = "./shout.sh"
  }
}

# The oldest form of the start line: the config alone, and no handshake.
task "oldest" {
  input {
    provider_path = "./squares.py"
    protocol      = 0
  }
  output {
    provider_path = "./table.py"
    protocol      = 0
  }
}

# Version 2: with acknowledgements and states.
task "lines" {
  input {
    provider_path = "./tail_lines.py"
    config {
      path = "dstream.hcl"
    }
  }
  output {
    provider_path = "./append.py"
    config {
      path = "copy.jsonl"
    }
  }
}
