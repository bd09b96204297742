this is = not read {
