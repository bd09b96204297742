module my-provider

go 1.21
