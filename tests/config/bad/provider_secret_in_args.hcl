# env PW=hunter2
task "t" {
  input {
    provider = "x"
    args = ["--password", env("PW")]
  }
  output {
    provider = "y"
  }
}
