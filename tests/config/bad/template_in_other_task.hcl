# tasks wanted
task "wanted" {
  input {
    provider = "x"
    config {
      a = "{{ env "HERE" }}"
    }
  }
  output {
    provider = "y"
  }
}
task "other" {
  input {
    provider = "x"
    config {
      a = "{{ env "NOT_REPORTED" }}"
    }
  }
  typo = 1
}
