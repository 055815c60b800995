"""EC2: the networks of templates, on paper."""
