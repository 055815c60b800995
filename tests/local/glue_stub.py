"""A stand-in for Glue, SSM and CloudWatch Logs that ends job runs as told: for tests of the DAG alone."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3

Answer = dict[str, Any]


class GlueStub:
    """Its answers are settled before a DAG runs; its calls are looked at afterwards.

    Attributes:
        endpoint: Where it answers.
        failing: Job name to the cause with which its runs fail.
        states: Job name to the final state of its runs, where that is neither SUCCEEDED nor FAILED.
        parameters: SSM parameters.
        logs: Job name to the lines that its runs write.
        stream: What the log stream of a run is called; None for no stream at all.
        running: Jobs whose runs do not end until they are stopped.
        started: Job name and arguments of each run, in order.
        stopped: The ids of the runs that were stopped.
        seen: Every operation that was called, in order.
    """

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.failing: dict[str, str] = {}
        self.states: dict[str, str] = {}
        self.parameters: dict[str, str] = {}
        self.logs: dict[str, list[str]] = {}
        self.stream: str | None = "{run}"
        self.running: set[str] = set()
        self.started: list[tuple[str, dict[str, str]]] = []
        self.stopped: list[str] = []
        self.seen: list[str] = []

    def client(self, service: str) -> Any:
        """A boto3 client of the stub."""
        session = boto3.session.Session(aws_access_key_id="111111111111", aws_secret_access_key="none", region_name="eu-west-1")
        return session.client(service, endpoint_url=self.endpoint)  # type: ignore[call-overload]

    def until_started(self, job: str) -> None:
        """Returns once a run of the job has been started."""
        end = time.monotonic() + 60
        while job not in [name for name, _ in self.started]:
            if time.monotonic() > end:
                raise TimeoutError(f"no run of {job} was started; there were {self.started}")
            time.sleep(0.05)

    def answer(self, operation: str, given: Answer) -> tuple[int, Answer]:
        """The HTTP status and body of an operation."""
        self.seen.append(operation)
        match operation:
            case "GetJob":
                return 200, {"Job": {"Name": given["JobName"]}}
            case "StartJobRun":
                self.started.append((given["JobName"], given["Arguments"]))
                return 200, {"JobRunId": f"jr_{len(self.started)}"}
            case "GetJobRun":
                return 200, {"JobRun": self._run(int(given["RunId"].removeprefix("jr_")))}
            case "GetJobRuns":
                runs = [self._run(number + 1) for number, (job, _) in enumerate(self.started) if job == given["JobName"]]
                return 200, {"JobRuns": runs}
            case "BatchStopJobRun":
                self.stopped += given["JobRunIds"]
                return 200, {"SuccessfulSubmissions": [{"JobRunId": run} for run in given["JobRunIds"]], "Errors": []}
            case "GetParameter":
                if (name := given["Name"]) in self.parameters:
                    return 200, {"Parameter": {"Name": name, "Type": "String", "Value": self.parameters[name]}}
                return 400, {"__type": "ParameterNotFound", "message": name}
            case "GetLogEvents":
                known = {f"jr_{number + 1}": job for number, (job, _) in enumerate(self.started)}
                streams = {self.stream.format(run=run): job for run, job in known.items()} if self.stream else {}
                if given["logStreamName"] not in streams:
                    return 400, {"__type": "ResourceNotFoundException", "message": "The specified log stream does not exist."}
                job = streams[given["logStreamName"]]
                skip = int(given.get("nextToken", "0"))
                lines = self.logs.get(job, [])
                events = [{"timestamp": 1, "ingestionTime": 1, "message": line} for line in lines[skip:]]
                return 200, {"events": events, "nextForwardToken": str(len(lines)), "nextBackwardToken": "0"}
            case _:
                return 400, {"__type": "UnknownOperationException", "message": operation}

    def _run(self, number: int) -> Answer:
        job, arguments = self.started[number - 1]
        run: Answer = {
            "Id": f"jr_{number}",
            "JobName": job,
            "Arguments": arguments,
            "Attempt": 0,
            "JobRunState": self.states.get(job, "SUCCEEDED"),
        }
        if run["Id"] in self.stopped:
            run["JobRunState"] = "STOPPED"
        elif job in self.running:
            run["JobRunState"] = "RUNNING"
        elif job in self.failing:
            run |= {"JobRunState": "FAILED", "ErrorMessage": self.failing[job]}
        return run


class GlueServer:
    """An endpoint, and the stub that answers there now.

    Attributes:
        stub: A new one for each test.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self.renew()

    def renew(self) -> GlueStub:
        """Puts a stub that knows nothing in the place of the one before."""
        self.stub = GlueStub(self._endpoint)
        return self.stub


@contextmanager
def serving() -> Iterator[GlueServer]:
    """An endpoint on a free port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            operation = self.headers["X-Amz-Target"].split(".")[-1]
            status, answer = glue.stub.answer(operation, json.loads(body or b"{}"))
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    glue = GlueServer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield glue
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
