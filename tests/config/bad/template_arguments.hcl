task "t" {
  input {
    provider = "x"
    config {
      a = "{{ replace "a" }}"
      b = "{{ upper (list 1) }}"
      c = "{{ printf "%d" "x" }}"
      d = "{{ index (list 1) 5 }}"
      e = {{ lt 1 "a" }}
      f = {{ div 1 0 }}
    }
  }
  output {
    provider = "y"
  }
}
