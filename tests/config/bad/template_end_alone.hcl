task "t" {
  input {
    provider = "x"
    config {
      a = "x{{ end }}"
      b = "{{ else }}"
    }
  }
  output {
    provider = "y"
  }
}
