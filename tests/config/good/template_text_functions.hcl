# env X=value
# env EMPTY=
# env PORT=1433
# env LIST=a,b,c
task "t" {
  input {
    provider = "x"
    config {
      upper      = "{{ "abc" | upper }}"
      lower      = "{{ "ABC" | lower }}"
      title      = "{{ "hello world" | title }}"
      trim       = "{{ "  a  " | trim }}"
      trimAll    = "{{ trimAll "-" "--a--" }}"
      trimPrefix = "{{ trimPrefix "pre-" "pre-a" }}"
      trimSuffix = "{{ "a.hcl" | trimSuffix ".hcl" }}"
      replace    = "{{ "a.b" | replace "." "-" }}"
      repeat     = "{{ "ab" | repeat 3 }}"
      contains   = {{ contains "b" "abc" }}
      hasPrefix  = {{ hasPrefix "a" "abc" }}
      hasSuffix  = {{ hasSuffix "c" "abc" }}
      quote      = {{ "say \"hi\"" | quote }}
      squote     = "{{ "it" | squote }}"
      b64enc     = "{{ "grüße" | b64enc }}"
      b64dec     = "{{ "Z3LDvMOfZQ==" | b64dec }}"
      toJson     = {{ list 1 "a" true | toJson }}
      toString   = "{{ 5 | toString }}"
      split      = "{{ $p := split "," "a,b" }}{{ $p._0 }}-{{ $p._1 }}"
      splitList  = "{{ splitList "," "a,b" | join ";" }}"
      join       = "{{ list "a" "b" | join "," }}"
      printf     = "{{ printf "%s-%03d-%.2f-%q-%v" "a" 5 1.5 "q" true }}"
      print      = "{{ print "a" 1 2 "b" }}"
      println    = "{{ println "a" | trim }}"
    }
  }
  output {
    provider = "y"
  }
}
