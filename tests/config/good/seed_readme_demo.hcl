   task "demo" {
     type = "providers"
     
     input {
       provider_path = "../dstream-counter-input-provider/bin/Release/net9.0/osx-x64/counter-input-provider"
       config {
         interval = 1000
         max_count = 5
       }
     }
     
     output {
       provider_path = "../dstream-console-output-provider/bin/Release/net9.0/osx-x64/console-output-provider"
       config {
         outputFormat = "simple"
       }
     }
   }
