"""Lake Formation: who may grant, what is granted, by which tags, and who people are."""
