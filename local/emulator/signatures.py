"""Who signed a request, and whether the signature is right."""

import contextvars
import hashlib
import re
import secrets
import urllib.parse
from dataclasses import dataclass
from typing import Any

from local.emulator.gateway import Denied


@dataclass(frozen=True)
class _Signed:
    """A request's signature, not yet checked, and all that it is checked with."""

    signature: Any
    secret: str
    headers: dict[str, str]
    query: dict[str, list[str]]
    in_header: bool


class Signatures:
    """Checks signatures as AWS does, with the keys that the laptop knows."""

    def __init__(self, account: str, app: Any) -> None:
        from ministack.core import iam_evaluator, responses, router, sigv4

        self._account = account
        self._app = app
        self._iam = iam_evaluator
        self._responses = responses
        self._router = router
        self._sigv4 = sigv4
        self._signer: contextvars.ContextVar[str] = contextvars.ContextVar("lake_signer", default="")

    @property
    def signer(self) -> str:
        """The key that the request at hand is signed with; empty before `wrong` has found nothing wrong."""
        return self._signer.get()

    def unknown(self, scope: Any) -> Denied | None:
        """Why the laptop does not know a request's key; nothing is said of the signature."""
        found = self._credential(scope)
        return found if isinstance(found, Denied) else None

    def wrong(self, scope: Any, body: bytes) -> Denied | None:
        """Why a request's signature is refused; remembers who signed it."""
        signed = self._credential(scope)
        if isinstance(signed, Denied):
            return signed
        signature = signed.signature
        failure = self._sigv4.request_time_failure(signature) if signed.in_header else self._expiry(signed)
        told = signed.headers.get("x-amz-content-sha256", "")
        if not failure and re.fullmatch("[0-9a-f]{64}", told) and hashlib.sha256(body).hexdigest() != told:
            failure = "XAmzContentSHA256Mismatch", "the body is not the one that was signed"
        failure = failure or self._sigv4.header_signature_failure(
            signature,
            signed.secret,
            scope["method"],
            (scope.get("raw_path") or urllib.parse.quote(scope["path"]).encode()).decode("latin-1"),
            signed.query,
            signed.headers,
            body,
            presigned=not signed.in_header,
        )
        if failure:
            code, message = failure
            return Denied(code, message, signature.service)
        self._signer.set(signature.access_key_id)
        return None

    def denial(self, scope: Any, denied: Denied) -> tuple[dict[str, str], bytes]:
        """Headers and body of a refusal, as the service's clients read it."""
        headers, _query = self._head(scope)
        answer: dict[str, str]
        if denied.service:
            failure = self._iam.AuthError(denied.code, denied.message)
            _status, answer, body = self._app._credential_failure(denied.service, "", secrets.token_hex(8), failure, headers)
        else:
            error = self._responses.error_response_json if headers.get("x-amz-target") else self._responses.error_response_xml
            _status, answer, body = error(denied.code, denied.message, 403)
        return answer, body

    def _credential(self, scope: Any) -> _Signed | Denied:
        """The key that a request is signed with, if the laptop knows it; nothing is said of the signature."""
        headers, query = self._head(scope)
        in_header = "authorization" in headers
        signature = self._sigv4.parse_header_signature(headers) if in_header else self._sigv4.parse_query_signature(query)
        if isinstance(signature, tuple):
            return Denied(*signature)
        key = signature.access_key_id
        # What the emulator will take for the caller, and the name that the client called.
        if key != self._router.extract_access_key_id(headers, query) or "host" not in signature.signed_headers.split(";"):
            return Denied("IncompleteSignature", "a signature covers the host, and is of one key", signature.service)
        token = headers.get("x-amz-security-token", "") if in_header else query.get("X-Amz-Security-Token", [""])[0]
        try:
            account = self._iam.find_iam_access_key_account(key) or self._account
            found = self._iam.resolve_credential(key, account, token)
        except self._iam.AmbiguousAccessKeyError as error:
            return Denied("UnrecognizedClientException", f"two users have the key {error}", signature.service)
        if isinstance(found, self._iam.CredentialResolutionError):
            return Denied(found.code, f"{found.message} (the laptop's own key is what `lake aws-env` prints)", signature.service)
        return _Signed(signature, found.secret_access_key, headers, query, in_header)

    def _expiry(self, signed: _Signed) -> tuple[str, str] | None:
        try:
            expired = self._sigv4.presigned_request_is_expired(signed.signature.amz_date, signed.query.get("X-Amz-Expires", [""])[0])
        except ValueError:
            return "AuthorizationQueryParametersError", "X-Amz-Date and X-Amz-Expires say until when a presigned request is good"
        return ("AccessDenied", "Request has expired") if expired else None

    def _head(self, scope: Any) -> tuple[dict[str, str], dict[str, list[str]]]:
        """Headers and query of a request, as a signature covers them."""
        headers: dict[str, str] = {}
        for raw_name, raw in scope["headers"]:
            name, value = raw_name.decode("latin-1").lower(), self._sigv4.decode_header_value(raw)
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        return headers, urllib.parse.parse_qs(scope["query_string"].decode("utf-8", "replace"), keep_blank_values=True)
