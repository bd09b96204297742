task "t" {
  input {
    provider = "x"
    config {
      a = "{{ evn "X" }}"
      b = "{{ nosuchthing 1 }}"
    }
  }
  output {
    provider = "y"
  }
}
