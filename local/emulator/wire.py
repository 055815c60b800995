"""Requests and answers as the emulator passes them on."""

import json

from local.service import Json

type Answer = tuple[int, dict[str, str], bytes]


def json_object(body: bytes) -> Json:
    """A body; empty if it is no JSON object."""
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
