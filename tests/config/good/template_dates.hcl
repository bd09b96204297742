# env X=value
# env EMPTY=
# env PORT=1433
# env LIST=a,b,c
task "t" {
  input {
    provider = "x"
    config {
      day     = "events/{{ date "2006-01-02" }}/"
      now     = "{{ now | date "02 Jan 2006" }}"
      unix    = "{{ date "2006" 1700000000 }}"
      backtick = "{{ date `January` }}"
    }
  }
  output {
    provider = "y"
  }
}
