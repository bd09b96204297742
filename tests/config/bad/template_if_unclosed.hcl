task "t" {
  input {
    provider = "x"
    config {
      a = "{{ if true }}x"
    }
  }
  output {
    provider = "y"
  }
}
