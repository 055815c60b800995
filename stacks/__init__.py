"""The CloudFormation stacks of a lake, one deployable unit a module; `app.py` composes them."""
