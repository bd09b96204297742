taks "t" {
}
