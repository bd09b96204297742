task "t" {
  input {
    provider = "x"
    config {
      simple  = "a${1 + 1}b"
      nested  = "a${"b${"c"}"}"
      alone   = "${[1, 2]}"
      if      = "%{ if true }yes%{ else }no%{ endif }"
      for     = "%{ for i, x in ["a", "b"] }${i}=${x} %{ endfor }"
      strip   = "a ${~ "b" ~} c"
    }
  }
  output {
    provider = "y"
  }
}
