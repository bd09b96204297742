# GCS_HMAC_ID=GOOG… GCS_HMAC_SECRET=… dstream run example -c providers/gcs/input/example.hcl

task "example" {
  input {
    provider = "gcs"
    config {
      bucket            = "lake"
      access_key_id     = env("GCS_HMAC_ID")
      secret_access_key = env("GCS_HMAC_SECRET")
      prefix            = "events/"
    }
  }
  output {
    provider = "console"
    config {
      output_format = "simple"
    }
  }
}
