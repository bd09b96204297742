# var s=text
# var n=5
# var b=true
# var l=["a", "b"]
# var m={ a = 1 }
# var o={ name = "x" }
# var any=plain text
# var set=["b", "a", "b"]
# var t=["a", 1]
variable "s" {
  type = string
}
variable "n" {
  type = number
}
variable "b" {
  type = bool
}
variable "l" {
  type = list(string)
}
variable "m" {
  type = map(number)
}
variable "o" {
  type = object({
    name = string
    size = optional(number, 3)
    note = optional(string)
  })
}
variable "any" {
  type = any
}
variable "set" {
  type = set(string)
}
variable "t" {
  type = tuple([string, number])
}
variable "untyped" {
  default = { a = [1] }
}
variable "number_as_text" {
  type    = string
  default = 5
}
variable "nothing" {
  type    = string
  default = null
}
task "t" {
  input {
    provider = "x"
    config {
      s   = var.s
      n   = var.n + 1
      b   = !var.b
      l   = var.l
      m   = var.m
      o   = var.o
      any = var.any
      set = var.set
      t   = var.t
      u   = var.untyped
      nt  = var.number_as_text
      no  = var.nothing
    }
  }
  output {
    provider = "y"
  }
}
