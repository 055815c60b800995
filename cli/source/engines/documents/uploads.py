"""A source that is documents which are uploaded."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, override

from cli.source.engines.source import Progress, Request, SourceWithoutCatalog
from cli.terminal.failures import Refused
from medallion.manifest.engines.documents.settings import DocumentSource

if TYPE_CHECKING:
    from medallion.manifest.credentials import Credentials
    from medallion.manifest.drafting.drafts import Drafts

DECIDED_SECONDS = 120


class Documents(SourceWithoutCatalog[DocumentSource]):
    """Its documents, which have the same columns whatever they say."""

    @override
    def draft(self, request: Request) -> "Drafts":
        """Its contract says what cannot be seen in a document."""
        raise Refused(
            f"source {self._name} is {self._settings.engine}, and no database; write the contract of a source of documents by hand, "
            "as docs/contracts.md has it"
        )

    @override
    def log_in(self, credentials: "Credentials") -> None:
        """AWS alone says who may reach it."""
        raise Refused(f"source {self._name} is {self._settings.engine}, and has no login of its own")

    @override
    def fill(self, load: Callable[..., Any], progress: Progress, rows: int | None) -> Any:
        """The seed is given a client and the source's place in the landing bucket; waits until the gate has decided."""
        names, client, place = self._context.names, self._context.client("s3"), f"{self._name}/"
        bucket = names.bucket("landing")
        try:
            truth = load(self._name, client, f"{bucket}/{place}", progress, rows)
        except client.exceptions.NoSuchBucket as error:
            raise Refused(f"the bucket {bucket} does not exist; `lake deploy` makes it") from error
        end = time.monotonic() + DECIDED_SECONDS
        # What a run reads is what the gate has decided about, which removes it from where it landed.
        while client.list_objects_v2(Bucket=bucket, Prefix=place, MaxKeys=1)["KeyCount"]:
            if time.monotonic() > end:
                raise Refused(
                    f"s3://{bucket}/{place} has documents that were not decided about within {DECIDED_SECONDS} s; "
                    f"the function {names.function('gate')} logs to {names.function_log_group('gate')}, "
                    f"and what failed waits in the queue {names.dead_letters('gate')}"
                )
            time.sleep(0.5)
        return truth
