locals {
  shared = "${var.prefix}-shared"
}
task "b" {
  input {
    provider_path = "./bin/b"
  }
  output {
    provider = "y"
  }
}
