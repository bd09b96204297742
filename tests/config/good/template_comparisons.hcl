# env X=value
# env EMPTY=
# env PORT=1433
# env LIST=a,b,c
task "t" {
  input {
    provider = "x"
    config {
      eq  = [{{ eq 1 1 }}, {{ eq "a" "b" "a" }}]
      ne  = {{ ne 1 2 }}
      lt  = {{ lt 1 2 }}
      le  = {{ le 2 2 }}
      gt  = {{ gt "b" "a" }}
      ge  = {{ ge 1 2 }}
      and = "{{ and "a" "b" }}"
      or  = "{{ or "" "b" }}"
      not = {{ not "" }}
    }
  }
  output {
    provider = "y"
  }
}
