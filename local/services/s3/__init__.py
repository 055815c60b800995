"""S3: real objects on disk, and the properties of a template's buckets."""
