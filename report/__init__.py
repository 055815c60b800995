"""One page about a lake: values in, HTML out. Nothing here asks AWS, reads a clock or touches a disk but for its own style and script."""
