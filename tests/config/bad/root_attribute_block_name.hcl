task = "t"
