task "t" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
  max_line_bytes = "16MiB"
  delivery {
    window_bytes     = "20MiB"
    window_envelopes = 0
  }
}
