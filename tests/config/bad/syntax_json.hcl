{
  "task": {}
}
