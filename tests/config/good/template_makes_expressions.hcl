# env X=value
# env EMPTY=
# env PORT=1433
# env LIST=a,b,c
task "t" {
  input {
    provider = "x"
    config {
      call  = {{ "upper" }}("x")
      block {{ "{" }}
        a = 1
      }
      {{ "made" }} = 5
    }
  }
  output {
    provider = "y"
  }
}
