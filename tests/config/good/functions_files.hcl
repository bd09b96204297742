task "t" {
  input {
    provider = "x"
    config {
      file       = file("data.txt")
      filebase64 = filebase64("data.txt")
      exists     = [fileexists("data.txt"), fileexists("none.txt")]
      abspath    = abspath("data.txt")
      basename   = basename("a/b.txt")
      dirname    = dirname("a/b.txt")
      expanded   = pathexpand("~/x") != "~/x"
    }
  }
  output {
    provider = "y"
  }
}
