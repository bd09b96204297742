task "t" {
  input {
    provider = "x"
    config {
      jsonencode   = jsonencode({ a = [1, null, "x"], b = 0.10 })
      jsondecode   = jsondecode("{\"a\":[1.0,null,9007199254740993]}")
      yamldecode   = yamldecode("a: 1\nb:\n  - x\n  - y\n")
      base64encode = base64encode("grüße")
      base64decode = base64decode("Z3LDvMOfZQ==")
      urlencode    = urlencode("a b&c=ü")
      urldecode    = urldecode("a+b%26")
      md5          = md5("a")
      sha1         = sha1("a")
      sha256       = sha256("a")
      sha512       = substr(sha512("a"), 0, 16)
      base64sha256 = base64sha256("a")
      base64sha512 = substr(base64sha512("a"), 0, 16)
    }
  }
  output {
    provider = "y"
  }
}
