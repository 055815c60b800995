"""What S3's event says of an upload."""

from typing import Any

import pytest

from lambdas.gate.upload import NoUpload, upload_of


def event(**changed: Any) -> dict[str, Any]:
    found = {"key": "post/a b.txt", "size": 5, "etag": "x", "version-id": "v1", "sequencer": "617f"} | changed
    return {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "time": "2026-05-01T10:00:00Z",
        "detail": {"bucket": {"name": "landing"}, "object": found},
    }


def test_an_upload_is_told_by_bucket_key_and_version() -> None:
    upload = upload_of(event())
    assert (upload.source, upload.name, upload.size_bytes) == ("post", "a b.txt", 5)
    assert upload.id == upload_of(event(sequencer="other")).id
    assert len({upload.id, upload_of(event(**{"version-id": "v2"})).id, upload_of(event(key="post/b.txt")).id}) == 3


def test_a_key_of_one_level_has_no_source() -> None:
    assert upload_of(event(key="letter.txt")).source == ""


@pytest.mark.parametrize(
    ("message", "said"),
    [
        pytest.param({"source": "aws.s3", "detail-type": "Object Deleted"}, "Object Deleted", id="another event"),
        pytest.param({}, "None", id="no event"),
        pytest.param(
            {**event(), "detail": {"bucket": {"name": "landing"}, "object": {"key": "a", "size": 1}}}, "version-id", id="not versioned"
        ),
    ],
)
def test_what_is_no_upload_is_refused_by_name(message: dict[str, Any], said: str) -> None:
    with pytest.raises(NoUpload, match=said):
        upload_of(message)
