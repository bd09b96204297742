task "t" {
  input {
    provider = "x"
    config {
      	name = "日本語"	+ undefined_name
      "🚀" = 1
    }
  }
  output {
    provider = "y"
  }
}
