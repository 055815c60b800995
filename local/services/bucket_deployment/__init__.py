"""CDK's BucketDeployment: the custom resource that copies files into a bucket."""
