# dstream run example -c providers/_template/in_example/example.hcl

task "example" {
  input {
    provider = "example"
    config {
      path = "example.hcl"
    }
  }
  output {
    provider = "console"
  }
}
