task "orders" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
task "ORDERS" {
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
