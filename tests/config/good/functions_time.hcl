task "t" {
  input {
    provider = "x"
    config {
      timestamp  = timestamp()
      formatdate = formatdate("YYYY-MM-DD'T'hh:mm:ssZ", timestamp())
      timeadd    = timeadd(timestamp(), "1h30m")
      timecmp    = timecmp("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00")
      uuid       = length(uuid())
    }
  }
  output {
    provider = "y"
  }
}
