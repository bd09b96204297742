# GCS_HMAC_ID=GOOG… GCS_HMAC_SECRET=… dstream run example -c providers/gcs/output/example.hcl

task "example" {
  input {
    provider = "generate"
    config {
      count = 1000
    }
  }
  output {
    provider = "gcs"
    config {
      bucket            = "lake"
      access_key_id     = env("GCS_HMAC_ID")
      secret_access_key = env("GCS_HMAC_SECRET")
      prefix            = "made-up/{date:2006-01-02}/"
      format            = "parquet"
    }
  }
}
