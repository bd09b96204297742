# env X=value
# env EMPTY=
# env PORT=1433
# env LIST=a,b,c
task "t" {
  input {
    provider = "x"
    config {
      with     = "{{ with "x" }}{{ . }}{{ . }}{{ else }}none{{ end }}"
      without  = "{{ with "" }}{{ . }}{{ else }}none{{ end }}"
      else     = "{{ with "" }}a{{ else with "b" }}{{ . }}{{ end }}"
      variable = "{{ $x := env "X" }}{{ $x }}-{{ $x | upper }}"
      changed  = "{{ $n := 1 }}{{ if true }}{{ $n = 2 }}{{ end }}{{ $n }}"
      scoped   = "{{ $n := 1 }}{{ if true }}{{ $n := 2 }}{{ $n }}{{ end }}{{ $n }}"
    }
  }
  output {
    provider = "y"
  }
}
