dstream {
  registries "ghcr.io/acme/*" {
    signatures {
      key      = "x"
      identity = "me@example.com"
    }
  }
  registries "ghcr.io/other/*" {
    signatures {
      identity = "me@example.com"
    }
  }
}
