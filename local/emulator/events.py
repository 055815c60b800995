"""S3's events on EventBridge."""

import contextvars
import inspect
import json
from typing import Any

from local.service import Json


def tell_versions() -> None:
    """Puts the version of an object into S3's events on EventBridge, which would leave it out."""
    from ministack.services import eventbridge, s3

    fire, dispatch = s3._fire_s3_event, eventbridge._dispatch_event
    arguments = inspect.signature(fire)
    # An event is told of in a thread of its own.
    version: contextvars.ContextVar[str | None] = contextvars.ContextVar("lake_version", default=None)

    def watched_fire(*given: Any, **named: Any) -> None:
        version.set(arguments.bind(*given, **named).arguments.get("version_id"))
        fire(*given, **named)

    def versioned_dispatch(event: Json) -> Any:
        told = version.get()
        if event.get("Source") == "aws.s3" and told:
            detail = json.loads(event["Detail"])
            detail["object"].setdefault("version-id", told)
            event = {**event, "Detail": json.dumps(detail)}
        return dispatch(event)

    s3._fire_s3_event, eventbridge._dispatch_event = watched_fire, versioned_dispatch
