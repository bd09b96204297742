# env X=value
# env EMPTY=
# env PORT=1433
# env LIST=a,b,c
task "t" {
  input {
    provider = "x"
    config {
      default  = "{{ env "NO" | default "d" }}"
      unneeded = "{{ env "X" | default "d" }}"
      empty    = "{{ env "EMPTY" | default "d" }}"
      coalesce = "{{ coalesce (env "NO") (env "EMPTY") "c" }}"
      or       = "{{ or (env "NO") "o" }}"
      required = "{{ required "X is needed" (env "X") }}"
      is_empty = {{ empty (env "NO") }}
      ternary  = "{{ ternary "yes" "no" (empty (env "NO")) }}"
    }
  }
  output {
    provider = "y"
  }
}
