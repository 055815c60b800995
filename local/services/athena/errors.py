"""Why a query did not run, in Athena's own words where it has some."""


class QueryFailed(Exception):
    """A query ends FAILED; its text is the StateChangeReason.

    Attributes:
        code: Trino's error name, such as `TABLE_NOT_FOUND`.
        system: Whether the engine is at fault and not the one who asked.
    """

    def __init__(self, code: str, message: str, *, system: bool = False) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.system = system


class NotAuthorized(QueryFailed):
    """The caller may not read what the query needs."""

    def __init__(self, message: str) -> None:
        Exception.__init__(self, f"Insufficient permissions to execute the query. {message}")
        self.code = "ACCESS_DENIED"
        self.system = False


class SchemaNotFound(LookupError):
    """There is no such database."""


class ScanLimit(Exception):
    """The query would read more than its workgroup allows; Athena cancels it."""

    def __init__(self, scanned: int, limit: int) -> None:
        super().__init__(f"Bytes scanned limit was exceeded (the query reads {scanned} bytes, the workgroup allows {limit})")
        self.scanned = scanned


class Malformed(Exception):
    """The text is refused before there is a query: it does not parse, or the laptop's Athena does not know it."""


class Unsupported(Malformed):
    """Something that Athena may know and the laptop does not, by its name."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not supported by the laptop's Athena; docs/athena.md lists what is")
