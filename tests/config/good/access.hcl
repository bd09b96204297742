locals {
  object = { name = "n" }
  list   = ["a", "b"]
  people = [{ name = "x" }, { name = "y" }]
}
task "t" {
  input {
    provider = "x"
    config {
      attribute = local.object.name
      index     = local.list[1]
      key       = local.object["name"]
      legacy    = local.list.0
      splat     = local.people[*].name
      attr_splat = local.people.*.name
      negative  = element(local.list, -1)
    }
  }
  output {
    provider = "y"
  }
}
