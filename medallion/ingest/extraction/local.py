"""The provider of the laptop: a small model behind the laptop's own AWS address, asked by a signed request."""

import asyncio
import json
import os
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib import error, request
from urllib.parse import urlsplit

from medallion.ingest.extraction.provider import Answer, Busy, ModelRefused, Question, QuestionRefused
from medallion.manifest.model import Extraction

MODEL = "local-multilingual-e5-small"
PATH = "/_lake/model"
# It counts tokens of its own, without a price.
MOST_TOKENS = 8192
# The signature, its role's policy, or a laptop that has no such model.
_OF_ALL = (401, 403, 404)


class LocalModel:
    """A model of the laptop, behind the protocol `Provider`.

    Attributes:
        model: Its name.
        max_output_tokens: The most that an answer may have.
    """

    model = MODEL
    max_output_tokens = MOST_TOKENS

    def __init__(self, extraction: Extraction, *, timeout_seconds: float, environment: Mapping[str, str] = os.environ) -> None:
        """Finds the laptop.

        Args:
            extraction: What is extracted; this model reads fields as they are, not as instructions tell them.
            timeout_seconds: When a question counts as not answered.
            environment: Has AWS_ENDPOINT_URL on a laptop.

        Raises:
            ModelRefused: It has none.
        """
        endpoint = environment.get("AWS_ENDPOINT_URL", "").rstrip("/")
        if not endpoint:
            raise ModelRefused("provider local answers on a laptop only; configure provider: gemini for this environment")
        self._address = f"{endpoint}{PATH}"
        self._region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1"
        self._timeout_seconds = timeout_seconds
        self._fields = [field.model_dump(mode="json") for field in extraction.fields]
        self._irrelevant = extraction.irrelevant

    async def ask(self, question: Question) -> Answer:
        """Asks once; a problem of an earlier answer would change nothing, as the same question has the same answer."""
        told = await asyncio.to_thread(self._ask, question)
        return Answer(
            json.dumps({"records": told["records"]}, ensure_ascii=False), told["model"], told["input_tokens"], told["output_tokens"]
        )

    async def close(self) -> None:
        """Has nothing to give back."""

    def _ask(self, question: Question) -> Any:
        asked = {
            "instructions": question.instructions,
            "schema": question.schema,
            "fields": self._fields,
            "irrelevant": self._irrelevant,
            "text": question.text,
        }
        try:
            with request.urlopen(self._signed(json.dumps(asked).encode()), timeout=self._timeout_seconds) as answer:  # noqa: S310 - the laptop's
                return json.load(answer)
        except error.HTTPError as refused:
            refused.close()
            sentence = f"the laptop's model answered {refused.code}"
            if refused.code == 429 or refused.code >= 500:
                raise Busy(sentence) from None
            if refused.code in _OF_ALL:
                raise ModelRefused(sentence) from None
            raise QuestionRefused(sentence, "check the patterns and limits of the contract's fields", self.model) from None
        except (OSError, HTTPException, ValueError) as broken:
            raise Busy(f"the laptop's model did not answer: {type(broken).__name__}") from None

    def _signed(self, body: bytes) -> request.Request:
        # Glue's boto3; others import this package without it.
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.session import Session

        credentials = Session().get_credentials()
        if credentials is None:
            raise ModelRefused("there is no key to sign a question to the laptop's model with; `lake aws-env` prints one")
        asked = AWSRequest(
            "POST", self._address, data=body, headers={"Content-Type": "application/json", "Host": urlsplit(self._address).netloc}
        )
        SigV4Auth(credentials.get_frozen_credentials(), "lake", self._region).add_auth(asked)
        return request.Request(self._address, data=body, headers=dict(asked.headers.items()), method="POST")  # noqa: S310 - the laptop's


__all__ = ["LocalModel"]
