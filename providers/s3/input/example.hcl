# S3_ENDPOINT=https://minio.example.com dstream run example -c providers/s3/input/example.hcl

task "example" {
  input {
    provider = "s3"
    config {
      bucket   = "lake"
      endpoint = env("S3_ENDPOINT")
      prefix   = "events/"
    }
  }
  output {
    provider = "console"
    config {
      output_format = "simple"
    }
  }
}
