"""A driver's output, sent to CloudWatch Logs with the job's own credentials, as Glue does."""

import threading
import time
from collections import deque
from pathlib import Path
from typing import IO, Any

from local.errors import LaptopError

LINES_A_CALL = 1000
LONGEST_LINE = 200_000
LINES_REMEMBERED = 400
SECONDS_BETWEEN_CALLS = 0.5


class LogStream:
    """Reads a pipe to its end, into a file and a log stream."""

    def __init__(self, client: Any, group: str, stream: str, file: Path) -> None:
        self._client = client
        self._group = group
        self._stream = stream
        self._file = file
        self._waiting: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self.end: deque[str] = deque(maxlen=LINES_REMEMBERED)
        self.refused = ""

    def create(self) -> None:
        """Makes the stream; raises botocore's ClientError where the role may not.

        Raises:
            LaptopError: There is no such group.
        """
        try:
            self._client.create_log_stream(logGroupName=self._group, logStreamName=self._stream)
        except self._client.exceptions.ResourceNotFoundException as error:
            raise LaptopError(
                f"the log group {self._group} does not exist: Glue 5 and later write to `<--custom-logGroup-prefix>/output`; "
                "deploy the log group with the job"
            ) from error

    def follow(self, pipe: IO[bytes]) -> None:
        """Takes over a pipe until it ends."""
        sender = threading.Thread(target=self._send_until_ended, daemon=True, name=f"log-{self._stream[:12]}")
        sender.start()
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab") as copy, pipe:
            for raw in pipe:
                copy.write(raw)
                copy.flush()
                self.write(raw.decode(errors="replace").rstrip("\n"))
        self._ended.set()
        sender.join()

    def write(self, line: str) -> None:
        """Adds a line."""
        self.end.append(line)
        with self._lock:
            # CloudWatch refuses empty messages.
            self._waiting.append({"timestamp": int(time.time() * 1000), "message": line[:LONGEST_LINE] or " "})

    def send(self) -> None:
        """Sends what waits; remembers the first refusal and sends no more after it."""
        while not self.refused:
            with self._lock:
                events, self._waiting = self._waiting[:LINES_A_CALL], self._waiting[LINES_A_CALL:]
            if not events:
                return
            try:
                self._client.put_log_events(logGroupName=self._group, logStreamName=self._stream, logEvents=events)
            except self._client.exceptions.ClientError as error:
                self.refused = str(error)

    def _send_until_ended(self) -> None:
        while not self._ended.wait(SECONDS_BETWEEN_CALLS):
            self.send()
        self.send()
