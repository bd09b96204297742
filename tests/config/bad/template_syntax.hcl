task "t" {
  input {
    provider = "x"
    config {
      a = "{{ }}"
      b = "{{ 1 | }}"
      c = "{{ 1 | 2 }}"
      d = "{{ (1 }}"
      e = "{{ 'x' }}"
      f = "{{ $x }}"
      g = "{{ .name }}"
      h = "{{ @ }}"
      i = "{{ define "x" }}"
    }
  }
  output {
    provider = "y"
  }
}
