# env X=value
# env EMPTY=
# env PORT=1433
# env LIST=a,b,c
task "t" {
  input {
    provider = "x"
    config {
      list    = "{{ list 1 2 "x" }}"
      dict    = "{{ dict "b" 2 "a" 1 }}"
      len     = {{ len (list 1 2 3) }}
      index   = "{{ index (list "a" "b") 1 }}{{ index (dict "k" "v") "k" }}"
      first   = {{ first (list 1 2) }}
      last    = {{ last (list 1 2) }}
      keys    = "{{ dict "b" 2 "a" 1 | keys | join "," }}"
      values  = "{{ dict "b" 2 "a" 1 | values | join "," }}"
      hasKey  = {{ hasKey (dict "a" 1) "a" }}
      until   = "{{ until 3 | join "," }}"
      field   = {{ (dict "a" (dict "b" 5)).a.b }}
    }
  }
  output {
    provider = "y"
  }
}
