# S3_ENDPOINT=https://minio.example.com dstream run example -c providers/s3/output/example.hcl

task "example" {
  input {
    provider = "generate"
    config {
      count = 1000
    }
  }
  output {
    provider = "s3"
    config {
      bucket   = "lake"
      endpoint = env("S3_ENDPOINT")
      prefix   = "made-up/{date:2006-01-02}/"
      max_rows = 400
    }
  }
}
