dstream {
}
dstream {
}
