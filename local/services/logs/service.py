"""CloudWatch Logs: IAM checks the log stream, as AWS does."""

from collections.abc import Iterable

from local.emulator.process import Emulator
from local.service import Json, Service

CHECKED = ("CreateLogStream", "PutLogEvents", "GetLogEvents", "DeleteLogStream")


class ResourceRule:
    """Writing is checked on the stream, so that a policy on the bare log group does not suffice."""

    def __init__(self, account: str, region: str) -> None:
        self._prefix = f"arn:aws:logs:{region}:{account}:log-group:"

    def __call__(self, operation: str, request: Json) -> Iterable[str]:
        if operation not in CHECKED:
            return []
        stream = "" if operation == "CreateLogStream" else request.get("logStreamName")
        return [f"{self._prefix}{request.get('logGroupName')}:log-stream:{stream}"]


def install(emulator: Emulator) -> None:
    """Corrects what IAM checks."""
    emulator.iam.require_resources("logs", ResourceRule(emulator.settings.account, emulator.settings.region))


SERVICE = Service(
    name="CloudWatch Logs",
    truth="emulated",
    sentence="Job runs and functions write their logs here; retention is recorded only.",
    operations=CHECKED,
    install=install,
)
