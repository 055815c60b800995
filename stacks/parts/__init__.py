"""The constructs that the stacks are made of, one a module, by area; here what every area uses."""
