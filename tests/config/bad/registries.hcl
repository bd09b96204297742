dstream {
  registries "ghcr.io/acme/*" {
    signatures {
      policy = "required"
    }
  }
  registries "ghcr.io/acme/*" {
  }
  registries {
    signatures {
      key = "x"
    }
  }
  registries "https://ghcr.io" {
    signature {
    }
  }
}
