task "t" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
  max_line_bytes = "16 apples"
}
