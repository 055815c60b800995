"""What jobs, functions and DAGs run: how it is built, and how it gets into a bucket."""
