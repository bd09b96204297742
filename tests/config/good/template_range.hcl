# env TABLES=orders,customers
{{ range $i, $table := splitList "," (env "TABLES") }}
task "copy-{{ $table }}" {
  input {
    provider = "x"
    config {
      number = {{ $i }}
      table  = "dbo.{{ $table }}"
    }
  }
  output {
    provider = "y"
  }
}
{{ end }}
{{ range list }}never{{ else }}
task "otherwise" {
  input {
    provider = "x"
    config {
      squares = [{{ range $i, $n := until 4 }}{{ if $i }}, {{ end }}{{ mul $n $n }}{{ end }}]
      odd     = [{{ range until 6 }}{{ if eq (mod . 2) 0 }}{{ continue }}{{ end }}{{ if gt . 4 }}{{ break }}{{ end }}{{ . }}, {{ end }}]
      entries = "{{ range $k, $v := dict "b" 2 "a" 1 }}{{ $k }}={{ $v }};{{ end }}"
    }
  }
  output {
    provider = "y"
  }
}
{{ end }}
