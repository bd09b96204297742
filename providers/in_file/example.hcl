# dstream run example -c providers/in_file/example.hcl

task "example" {
  input {
    provider = "file"
    config {
      path   = "README.md"
      format = "lines"
    }
  }
  output {
    provider = "console"
  }
}
