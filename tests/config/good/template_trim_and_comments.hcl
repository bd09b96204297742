# env X=value
# env EMPTY=
# env PORT=1433
# env LIST=a,b,c
task "t" {
  input {
    provider = "x"
    config {
      trim    = "a  {{- " b " -}}  c"
      comment = "a{{/* nothing here: {{ env "NO" }} */}}b"
      tight   = "a {{- /* nothing */ -}} b"
      # {{ env "NO" }} is a comment of HCL, and so is // {{ broken
      /* {{ if }} */
      after   = "#{{ env "X" }}" # {{ end }}
    }
  }
  output {
    provider = "y"
  }
}
