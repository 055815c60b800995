"""What the laptop tells a person when it can't go on."""


class LaptopError(Exception):
    """The laptop's AWS can't be started, stopped or reached; the message says why and what to do."""


class PortInUse(LaptopError):
    """Another process listens where the laptop wants to."""

    def __init__(self, port: int, owner: str) -> None:
        super().__init__(
            f"port {port} on 127.0.0.1 is used by {owner}; stop it, or choose another with `lake up --port N` (or LAKE_PORT=N)"
        )
        self.port = port


class ToolMissing(LaptopError):
    """A part of the toolchain has not been installed."""

    def __init__(self, what: str, path: object) -> None:
        super().__init__(f"{what} is missing: {path} does not exist; run `make setup`")
