dstream {
  registries "GHCR.io/acme/*" {
    signatures {
      key    = file("data.txt")
      policy = "require"
    }
  }
  registries "registry.intern" {
    signatures {
      policy = "off"
    }
  }
}
