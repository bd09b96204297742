# env PW=a"b\c${d}%{e}$
# env BRACE={x}
# env END=one\nEOT\ntwo
task "t" {
  input {
    provider = "x"
    config {
      quoted  = "{{ env "PW" }}"
      dollar  = "${{ env "BRACE" }}"
      percent = "%{{ env "BRACE" }}"
      double  = "$${{ env "BRACE" }}"
      interpolated = "${upper("{{ env "PW" }}")}"
      quote   = {{ env "PW" | quote }}
      json    = {{ dict "k" (env "PW") | toJson }}
      heredoc = <<EOT
      {{ env "PW" }}
      ${{ env "BRACE" }}
      {{ env "END" }}
      EOT
      flush   = <<-EOT
          a
          {{ env "END" }}
          EOT
    }
  }
  output {
    provider = "y"
  }
}
