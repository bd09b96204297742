# env X=value
# env EMPTY=
# env PORT=1433
# env LIST=a,b,c
task "t" {
  input {
    provider = "x"
    config {
      int  = {{ int "42" }}
      add  = {{ add 1 2 3 }}
      sub  = {{ sub 5 7 }}
      mul  = {{ mul 2 3 4 }}
      div  = {{ div 7 2 }}
      mod  = {{ mod 7 3 }}
      max  = {{ max 1 5 3 }}
      min  = {{ min 4 2 3 }}
      port = {{ env "PORT" | int | add 1 }}
    }
  }
  output {
    provider = "y"
  }
}
