task "t" {
  input {
    provider = "x"
    config {
      a = "{{ env "X"
      b = 1
      c = "{{ "abc }}"
      d = {{ 1
    }
  }
  output {
    provider = "y"
  }
}
