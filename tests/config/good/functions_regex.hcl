task "t" {
  input {
    provider = "x"
    config {
      regex      = regex("[0-9]+", "a12b")
      groups     = regex("([a-z]+)=([0-9]+)", "key=5")
      named      = regex("(?P<key>[a-z]+)=(?P<value>[0-9]+)", "key=5")
      all        = regexall("[a-z]", "a1b2")
      none       = can(regex("z", "abc"))
    }
  }
  output {
    provider = "y"
  }
}
