task "t" {
  input {
    provider = "x"
    config {
      plain = <<EOT
      one
        two "quoted" \n
      EOT
      flush = <<-EOT
          one
            two
          three
          EOT
      value = <<EOT
      ${upper("x")} and $${y}
      %{ for n in [1, 2] ~}
      n${n}
      %{ endfor ~}
      EOT
    }
  }
  output {
    provider = "y"
  }
}
