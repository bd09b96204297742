   task "my-pipeline" {
     type = "providers"
     
     input {
       provider_path = "./my-input-provider"
       config {
         # Input provider configuration
       }
     }
     
     output {
       provider_path = "./my-output-provider"
       config {
         # Output provider configuration
       }
     }
   }
