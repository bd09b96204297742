task "t" {
  input {
    provider = "x"
    config {
      a = {{ if true }}"x{{ end }}
      b = 1
    }
  }
  output {
    provider = "y"
  }
}
