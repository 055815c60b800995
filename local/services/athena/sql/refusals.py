"""What Trino has and Athena's engine version 3 has not, by name.

AWS publishes no number of the Trino release that Athena runs; it takes in changes one by one. Held back is what Trino's release notes add
after 440, until AWS documents it.
"""

from local.services.athena.errors import Malformed

NEWER_FUNCTIONS = frozenset("bitwise_xor_agg cosine_distance dot_product euclidean_distance t_cdf t_pdf timezone".split())
"""Functions of Trino 476 that came with its releases 447 to 476."""


class Foreign(Malformed):
    """Something that Athena does not have, by its name."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not supported by Athena's engine version 3")
