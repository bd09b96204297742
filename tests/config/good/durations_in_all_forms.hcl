task "d0" {
  shutdown_grace = "1h2m3.5s"
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
task "d1" {
  shutdown_grace = "500ms"
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
task "d2" {
  shutdown_grace = "1us"
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
task "d3" {
  shutdown_grace = "0"
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
task "d4" {
  shutdown_grace = 1500
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
task "d5" {
  shutdown_grace = 0.5
  input {
    provider = "x"
  }
  output {
    provider = "y"
  }
}
