# allow-missing-env
task "t" {
  input {
    provider = "x"
    config {
      a = env("NOT_SET")
      b = "[{{ env "NOT_SET" }}]"
    }
  }
  output {
    provider = "y"
  }
}
