"""The object store behind Wasabi: an S3 client with bounded sizes."""
