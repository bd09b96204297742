# env DATABASE_URL=x
task "t" {
  input {
    provider = "x"
    config {
      a = env("DATABSE_URL")
      b = env()
    }
  }
  output {
    provider = "y"
  }
}
