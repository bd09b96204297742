# env STAGE=prod
{{ if eq (env "STAGE") "prod" -}}
task "production" {
{{- else if eq (env "STAGE") "test" }}
task "testing" {
{{- else }}
task "local" {
{{- end }}
  input {
    provider = "x"
    config {
      stage = {{ if env "STAGE" }}"{{ env "STAGE" }}"{{ else }}null{{ end }}
      same  = "{{ if eq 1 1 }}one{{ else }}two{{ end }}"
    }
  }
  output {
    provider = "y"
  }
}
