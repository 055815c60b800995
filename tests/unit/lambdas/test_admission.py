"""What becomes of uploads, also where an attempt dies at any step and the next one goes on."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.gate.admission import Gate, Source
from lambdas.gate.buckets import Buckets
from lambdas.gate.checks import Limits
from lambdas.gate.outcome import Outcome
from lambdas.gate.upload import Upload
from tests.unit.aws import REGION, Clients, empty_aws

SOURCE = Source(prefix="documents/post__letters", limits=Limits(1000, (".txt",)), dag_id="acme_post", batch_seconds=60)
LANDING, BRONZE, OPS = BUCKETS = ("landing", "bronze", "ops")
# What the gate calls to change a bucket.
CHANGES = ("PutObject", "CopyObject", "DeleteObject")

type Objects = dict[str, tuple[bytes, dict[str, str], dict[str, str]]]


class Died(Exception):
    """The process ended here."""


class Landing:
    """Uploads through a gate.

    Attributes:
        s3: A client beside the gate's own.
        fetched: The keys whose bytes the gate fetched.
        uploads: In the order in which they came.
    """

    def __init__(self, aws: Clients) -> None:
        self.s3, client = aws("s3"), aws("s3")
        for bucket in BUCKETS:
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.s3.put_bucket_versioning(Bucket=LANDING, VersioningConfiguration={"Status": "Enabled"})
        for change in CHANGES:
            client.meta.events.register(f"before-call.s3.{change}", self._before)
            client.meta.events.register(f"after-call.s3.{change}", self._after)
        client.meta.events.register("before-parameter-build.s3.GetObject", self._fetch)
        self.gate = Gate({"post": SOURCE}, Buckets(client, bronze=BRONZE, ops=OPS), lambda: datetime(2026, 5, 1, 10, tzinfo=UTC))
        self.fetched: list[str] = []
        self.uploads: list[Upload] = []
        self._changes, self._dies_at = 0, 0

    def put(self, key: str, content: bytes, size: int | None = None) -> Upload:
        version = self.s3.put_object(Bucket=LANDING, Key=key, Body=content)["VersionId"]
        upload = Upload(LANDING, key, version, len(content) if size is None else size, "2026-05-01T09:59:59Z")
        self.uploads.append(upload)
        return upload

    def deliver(self, upload: Upload, *, dies_at: int = 0) -> Outcome:
        """One attempt; it dies before its nth change where 2n is told, after it where that is 2n + 1."""
        self._changes, self._dies_at = 0, dies_at
        outcome = self.gate.admit(upload)
        self.gate.finish(upload)
        return outcome

    @property
    def entries(self) -> set[str]:
        return {key for key in self.objects(BRONZE) if "/accepted/" in key}

    @property
    def waiting(self) -> list[str]:
        """The keys of all versions in the landing bucket, and of the marks that a removal without a version would leave."""
        listed = self.s3.list_object_versions(Bucket=LANDING)
        return [version["Key"] for kind in ("Versions", "DeleteMarkers") for version in listed.get(kind, ())]

    def objects(self, bucket: str) -> Objects:
        """Bytes, metadata and tags by key."""
        found: Objects = {}
        for listed in self.s3.list_objects_v2(Bucket=bucket).get("Contents", ()):
            place = {"Bucket": bucket, "Key": listed["Key"]}
            kept = self.s3.get_object(**place)
            tags = self.s3.get_object_tagging(**place)["TagSet"] if kept.get("TagCount") else []
            found[listed["Key"]] = (kept["Body"].read(), kept["Metadata"], {tag["Key"]: tag["Value"] for tag in tags})
        return found

    def _before(self, **_: Any) -> None:
        self._changes += 1
        if self._dies_at == 2 * self._changes:
            raise Died

    def _after(self, **_: Any) -> None:
        if self._dies_at == 2 * self._changes + 1:
            raise Died

    def _fetch(self, params: dict[str, str], **_: Any) -> None:
        if params["Bucket"] == LANDING:
            self.fetched.append(params["Key"])


@pytest.fixture
def landing(aws: Clients) -> Landing:
    return Landing(aws)


def test_a_good_letter_is_kept_under_its_hash_and_entered_once(landing: Landing) -> None:
    outcome = landing.deliver(landing.put("post/a.txt", b"Dear all"))
    assert (outcome.decision, outcome.kept_at) == ("accepted", f"documents/post__letters/texts/{outcome.document_id}")
    assert landing.entries == {f"documents/post__letters/accepted/2026-05-01/100000.000000-20260501T095959Z-{outcome.document_id}"}
    assert not landing.waiting


def test_the_same_bytes_again_are_a_repetition_that_names_the_first(landing: Landing) -> None:
    first = landing.put("post/a.txt", b"Dear all")
    landing.deliver(first)
    outcome = landing.deliver(landing.put("post/b.txt", b"Dear all"))
    assert (outcome.decision, outcome.first) == ("repeated", first.id)
    assert len(landing.entries) == 1
    assert len(landing.objects(OPS)) == 2
    assert not landing.waiting


def test_what_is_too_large_is_never_fetched(landing: Landing) -> None:
    outcome = landing.deliver(landing.put("post/a.txt", b"x", size=200_000_000))
    assert (outcome.decision, outcome.reason) == ("refused", "too-large")
    assert not landing.fetched
    assert outcome.kept_at in landing.objects(BRONZE)


def test_a_stray_key_is_quarantined_apart_from_all_sources(landing: Landing) -> None:
    outcome = landing.deliver(landing.put("elsewhere/a.txt", b"Dear all"))
    assert (outcome.source, outcome.reason) == ("", "name")
    assert str(outcome.kept_at).startswith("documents/quarantine/no-source/2026-05-01/")


def test_an_upload_that_was_removed_meanwhile_is_recorded_as_gone(landing: Landing) -> None:
    upload = landing.put("post/a.txt", b"Dear all")
    landing.s3.delete_object(Bucket=upload.bucket, Key=upload.key, VersionId=upload.version)
    assert landing.deliver(upload).reason == "gone"


def test_an_event_that_is_delivered_again_changes_nothing(landing: Landing) -> None:
    upload = landing.put("post/a.txt", b"Dear all")
    first = landing.deliver(upload)
    assert landing.deliver(upload) == first
    assert len(landing.entries) == len(landing.objects(OPS)) == 1


CONTENTS = st.sampled_from([b"Dear all", b"Dear you", b"", b"%PDF-1.7", b"\xff\xfeD\x00", b"x" * 2000])
KEYS = st.sampled_from(["post/a.txt", "post/b.txt", "post/a.exe", "stray.txt"])


# A letter is up to four changes.
DEATHS = st.integers(2, 10)


# Fewer examples than usual, as each is a hundred calls; each has as many deaths as letters.
@settings(deadline=None, max_examples=8)
@given(st.lists(st.tuples(KEYS, CONTENTS, DEATHS), min_size=1, max_size=8))
def test_an_attempt_that_dies_anywhere_is_finished_by_the_next(arrivals: list[tuple[str, bytes, int]]) -> None:
    letters, deaths = [(key, content) for key, content, _ in arrivals], [dies_at for *_, dies_at in arrivals]
    clean = delivered(letters, [0] * len(letters))
    assert delivered(letters, deaths) == clean
    assert len(clean[OPS]) == len(letters)


def delivered(letters: list[tuple[str, bytes]], deaths: list[int]) -> dict[str, Objects]:
    """What is in the buckets once letters were delivered, each by an attempt that may die and the one that follows."""
    with empty_aws() as aws:
        landing = Landing(aws)
        uploads = [landing.put(key, content) for key, content in letters]
        for upload, dies_at in zip(uploads, deaths, strict=True):
            try:
                landing.deliver(upload, dies_at=dies_at)
            except Died:
                landing.deliver(upload)
        assert not landing.waiting
        return {bucket: landing.objects(bucket) for bucket in (BRONZE, OPS)}
