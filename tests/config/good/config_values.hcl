task "t" {
  input {
    provider = "x"
    config {
      string   = "text"
      integer  = 42
      negative = -5
      large    = 123456789012345678901234567890
      beyond   = 9007199254740993
      decimal  = 0.10
      exponent = 1.5e3
      yes      = true
      no       = false
      nothing  = null
      list     = [1, "two", [3], null]
      object   = { a = 1, "b c" = 2, (upper("c")) = 3, d : 4 }
      nested   = { list = [{ deep = { deeper = [] } }] }
      unicode  = "Grüße, 世界 🚀"
      escapes  = "tab\tquote\"backslash\\newline\nunicode\u00e9"
      dollar   = "$${not} %%{this}"
      keyword-with-dash = 1
    }
  }
  output {
    provider = "y"
  }
}
