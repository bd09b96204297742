task "t" {
  imput {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
