# env DATABASE_URL=x
task "t" {
  input {
    provider = "x"
    config {
      a = "{{ env "DATABSE_URL" }}"
      b = {{ env "PORT" }}
      c = "{{ env "X" | upper }}"
    }
  }
  output {
    provider = "y"
  }
}
