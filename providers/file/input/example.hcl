# dstream run example -c providers/file/input/example.hcl

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
