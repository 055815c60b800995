"""A small model that answers in a language model's place, without a network."""
