"""What is refused by name: what Trino has and Athena's engine version 3 has not, and what Athena has and the laptop leaves out.

AWS publishes no number of the Trino release that Athena runs; it takes in changes one by one. Held back is what Trino's release notes add
after 440, until AWS documents it.
"""

from local.services.athena.errors import Malformed, Unsupported
from local.services.athena.sql.tokens import Words

NEWER_FUNCTIONS = frozenset("bitwise_xor_agg cosine_distance dot_product euclidean_distance t_cdf t_pdf timezone".split())
"""Functions of Trino 476 that came with its releases 447 to 476."""

# What Athena documents and the laptop leaves out; everything else that is no statement of Athena is refused as such.
_LEFT_OUT = (
    "ALTER DATABASE", "ALTER SCHEMA", "ALTER TABLE", "ALTER VIEW", "CREATE DATABASE", "CREATE EXTERNAL", "CREATE PROTECTED", "CREATE SCHEMA",
    "CREATE TABLE", "DROP DATABASE", "DROP SCHEMA", "UNLOAD", "USING EXTERNAL",
)  # fmt: skip
_FOREIGN = frozenset(
    "ALTER ANALYZE ATTACH CALL COMMENT COMMIT COPY CREATE DEALLOCATE DENY DESCRIBE DETACH DFS DROP EXECUTE EXPORT GRANT IMPORT INSTALL LOCK "
    "LOAD PRAGMA REFRESH RESET REVOKE ROLLBACK SET SHOW START TRUNCATE UNLOCK USE".split()
)
_ONE_WORD = frozenset("ANALYZE CALL COMMIT DENY DFS GRANT REVOKE ROLLBACK UNLOAD USE".split())


class Foreign(Malformed):
    """Something that Athena does not have, by its name."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not supported by Athena's engine version 3")


def refusal(words: Words) -> Malformed:
    """Why a statement that is none of those that are read here is refused, by its first words."""
    first = [token.value.upper() for token in words.tokens[:2] if token.kind == "word"]
    for known in _LEFT_OUT:
        if known in {" ".join(first), *first[:1]}:
            return Unsupported("CREATE TABLE without AS" if known == "CREATE TABLE" else known)
    if first and first[0] in _FOREIGN:
        return Foreign(first[0] if first[0] in _ONE_WORD else " ".join(first))
    return words.mismatch(0, "'SELECT', 'WITH', 'VALUES', 'INSERT', 'CREATE', 'SHOW', 'DESCRIBE', 'EXPLAIN'")
