# env HOST=db.internal.example
# env REGION=europe-west
task "t" {
  input {
    provider = "x"
    config {
      set     = env("HOST")
      default = env("NOT_SET", "localhost")
      inside  = "http://${env("HOST")}:${env("PORT", 80)}"
      number  = tonumber(env("PORT", "5432"))
      shown   = nonsensitive(env("REGION"))
    }
  }
  output {
    provider = "y"
  }
}
