task "t" {
  input {
    provider = "x"
  }
  output "archive" {
    provider = "y"
  }
  output {
    provider = "y"
  }
}
