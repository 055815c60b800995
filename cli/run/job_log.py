"""The log of a Glue job run, as it grows."""

from dataclasses import dataclass
from typing import Any


@dataclass
class RunLog:
    """What a job run prints.

    Attributes:
        group: The log group of what jobs print.
        run: The run's id.
        missing: Why there is no line yet; None once its stream was found.
    """

    logs: Any
    group: str
    run: str
    missing: str | None = "it was not looked for"
    _stream: str | None = None
    _token: str | None = None

    def new_lines(self) -> list[str]:
        """The lines that were written since this was last asked."""
        # Glue's releases name the stream of a run in one way or the other.
        for stream in [self._stream] if self._stream else [self.run, f"{self.run}-driver"]:
            try:
                lines = self._read(stream)
            except self.logs.exceptions.ResourceNotFoundException as error:
                self.missing = (
                    f"no log of {self.run} in {self.group} (streams {self.run} and {self.run}-driver): {error.response['Error']['Message']}"
                )
            else:
                self._stream, self.missing = stream, None
                return lines
        return []

    def _read(self, stream: str) -> list[str]:
        lines: list[str] = []
        while True:
            given = {"nextToken": self._token} if self._token else {}
            page = self.logs.get_log_events(logGroupName=self.group, logStreamName=stream, startFromHead=True, **given)
            lines += [line for event in page["events"] for line in event["message"].splitlines()]
            if page["nextForwardToken"] == self._token:
                return lines
            self._token = page["nextForwardToken"]
