"""What the laptop asks of an environment's web server."""

import http.client
import json
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# As MWAA: a call that takes longer has failed, whatever becomes of it.
ANSWER_SECONDS = 10.0
TOKEN_SECONDS = 600.0


class NoAnswer(Exception):
    """The web server did not answer."""


@dataclass(frozen=True)
class Answer:
    """What the web server said.

    Attributes:
        status: HTTP's.
        content: Parsed where it is JSON, else its text.
    """

    status: int
    content: Any


@dataclass
class WebServer:
    """Airflow's web server, talked to as one of its users.

    Attributes:
        host: Host and port.
        passwords: The file of the users' passwords.
    """

    host: str
    passwords: Path
    _tokens: dict[str, tuple[float, str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def healthy(self) -> bool:
        """Whether web server, scheduler, DAG processor and triggerer say that they are."""
        try:
            answer = self._ask("GET", "/api/v2/monitor/health")
        except NoAnswer:
            return False
        return answer.status == 200 and all(part.get("status") == "healthy" for part in answer.content.values())

    def call(self, user: str, method: str, path: str, query: dict[str, Any] | None = None, body: Any = None) -> Answer:
        """One call of Airflow's REST API.

        Args:
            user: Who calls; one of those with a password.
            method: HTTP's.
            path: Behind the API's version, such as `/dags`.
            query: The query's parameters.
            body: The request as JSON, None for none.

        Raises:
            NoAnswer: It did not answer in time.
        """
        asked = f"?{urllib.parse.urlencode(query, doseq=True)}" if query else ""
        return self._ask(method, f"/api/v2{path}{asked}", body, self.token(user))

    def token(self, user: str) -> str:
        """A token of the REST API, kept for a while."""
        with self._lock:
            kept, token = self._tokens.get(user, (0.0, ""))
            if time.monotonic() > kept:
                token = self._new_token(user, "/auth/token")
                self._tokens[user] = (time.monotonic() + TOKEN_SECONDS, token)
            return token

    def short_token(self, user: str) -> str:
        """A new token for a command or a browser."""
        return self._new_token(user, "/auth/token/cli")

    def _new_token(self, user: str, path: str) -> str:
        password = json.loads(self.passwords.read_text())[user]
        answer = self._ask("POST", path, {"username": user, "password": password})
        if answer.status != 201:
            raise NoAnswer(f"Airflow gives {user} no token: {answer.status} {answer.content}")
        return str(answer.content["access_token"])

    def _ask(self, method: str, path: str, body: Any = None, token: str | None = None) -> Answer:
        connection = http.client.HTTPConnection(self.host, timeout=ANSWER_SECONDS)
        headers = {"content-type": "application/json", "accept": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read().decode(errors="replace")
        except OSError as error:
            raise NoAnswer(f"Airflow does not answer at {self.host}: {error}") from error
        finally:
            connection.close()
        try:
            return Answer(answer.status, json.loads(content) if content else {})
        except ValueError:
            return Answer(answer.status, content)
