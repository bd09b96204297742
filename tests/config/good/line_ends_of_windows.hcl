task "t" {
  input {
    provider = "x"
    config {
      a = <<EOT
one
two
EOT
      b = "{{ "b" }}" # comment
    }
  }
  output {
    provider = "y"
  }
}
