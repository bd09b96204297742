# Keeps what can't be delivered, to be sent again: dstream run numbers

variable "largest" {
  type    = number
  default = 3
}

task "numbers" {
  description = "Counts to five; numbers that are too large are dead letters"

  input {
    provider = "counter"
    config {
      interval = 10 # milliseconds between two numbers
      maxCount = 5
    }
  }

  transform {
    validate {
      schema = jsonencode({ properties = { value = { maximum = var.largest } } })
    }
  }

  output {
    provider = "console"
    config {
      output_format = "simple"
    }
  }

  dead_letter {
    provider = "file"
    config {
      path = "dead.jsonl"
    }
  }
}
