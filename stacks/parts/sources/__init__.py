"""The engines of sources: how each is reached, read and looked at; and demo sources that play them."""
