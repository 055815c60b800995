"""What the laptop tells a person when it can't go on."""


class LaptopError(Exception):
    """The laptop's AWS can't be started, stopped or reached; the message says why and what to do."""


class PortInUse(LaptopError):
    """Another process listens where the laptop wants to."""

    def __init__(self, port: int, base: int, owner: str) -> None:
        """Knows whose the port is.

        Args:
            port: Which one is taken.
            base: The laptop's own, from which all of its ports are counted.
            owner: Who listens there.
        """
        which = f"port {port} on 127.0.0.1" if port == base else f"port {port} on 127.0.0.1, which the laptop of port {base} needs as well,"
        self.what = f"{which} is used by {owner}"
        super().__init__(f"{self.what}; stop it, or choose another with `lake up --port N` (or LAKE_PORT=N)")
        self.port = port


class ToolMissing(LaptopError):
    """A part of the toolchain has not been installed."""

    def __init__(self, what: str, path: object) -> None:
        super().__init__(f"{what} is missing: {path} does not exist; run `make setup`")
