input {
  provider = "x"
}
