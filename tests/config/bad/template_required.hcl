task "t" {
  input {
    provider = "x"
    config {
      a = "{{ env "URL" | required "URL must be set, see the README" }}"
    }
  }
  output {
    provider = "y"
  }
}
