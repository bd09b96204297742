task "t" {
  input {
    provider = "x"
    config {
      a = "{{ range until 90000 }}{{ repeat 1000 "x" }}{{ end }}"
    }
  }
  output {
    provider = "y"
  }
}
