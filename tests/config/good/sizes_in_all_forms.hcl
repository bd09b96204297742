task "s0" {
  max_line_bytes = "64KiB"
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
task "s1" {
  max_line_bytes = "1MB"
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
task "s2" {
  max_line_bytes = "2 MiB"
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
task "s3" {
  max_line_bytes = "1.5MiB"
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
task "s4" {
  max_line_bytes = 65536
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
task "s5" {
  max_line_bytes = "65536"
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
task "s6" {
  max_line_bytes = "0.25GiB"
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
