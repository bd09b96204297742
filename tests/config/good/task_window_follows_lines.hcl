task "t" {
  max_line_bytes = "64MiB"
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
