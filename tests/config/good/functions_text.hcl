task "t" {
  input {
    provider = "x"
    config {
      upper      = upper("grüße")
      lower      = lower("ÄB")
      title      = title("hello world")
      trimspace  = trimspace("  a b\n")
      trim       = trim("--a-b--", "-")
      trimprefix = trimprefix("pre-a", "pre-")
      trimsuffix = trimsuffix("a.hcl", ".hcl")
      chomp      = chomp("a\r\n\n")
      strrev     = strrev("abc")
      replace    = [replace("a.b.c", ".", "-"), replace("a1b22", "/[0-9]+/", "#")]
      startswith = startswith("abc", "ab")
      endswith   = endswith("abc", "bc")
      contains   = strcontains("abc", "b")
      indent     = indent(2, "a\nb")
      substr     = [substr("hello", 1, 3), substr("hello", -2, -1)]
      split      = split(",", "a,b,,c")
      join       = join("-", ["a", "b"], ["c"])
      format     = format("%s has %d, %05.2f, %q, %t, %x, %%", "a", 5, 1.5, "q\"", true, 255)
      formatlist = formatlist("%s-%s", ["a", "b"], "x")
    }
  }
  output {
    provider = "y"
  }
}
