# env X=value
# env EMPTY=
# env PORT=1433
# env LIST=a,b,c
task "t" {
  input {
    provider = "x"
    config {
      escaped   = "{{ env \"X\" }}"
      unescaped = "{{ env "X" }}"
      backticks = "{{ env `X` }}"
      tight     = "{{env "X"}}"
      bare      = {{ env "PORT" }}
      inside    = "Server={{ env "X" }},{{ env "PORT" }};"
      list      = ["{{ env "X" }}", {{ env "PORT" }}]
      literal   = "{{ "{{" }} kept {{ "}}" }}"
    }
  }
  output {
    provider = "y"
  }
}
