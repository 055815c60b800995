"""What IAM checks a call on, and what it said."""

import contextvars
import html
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from local.emulator.wire import Answer, json_object
from local.service import Json

type Rule = Callable[[str, Json], Iterable[str]]
type Choice = Callable[[str, str], Iterable[str]]


@dataclass(frozen=True)
class Decision:
    """What IAM said to one call."""

    principal: str
    action: str
    resource: str
    allowed: bool


class Iam:
    """The emulator's evaluation of policies, with more resources a call and a witness."""

    def __init__(self, app: Any) -> None:
        from ministack.core import iam_actions, iam_evaluator

        self.on_decision: Callable[[Decision], None] = lambda decision: None
        self._evaluator = iam_evaluator
        self._actions = iam_actions
        self._rules: dict[str, Rule] = {}
        self._choices: dict[str, Choice] = {}
        self._required: contextvars.ContextVar[tuple[str, ...]] = contextvars.ContextVar("lake_required", default=())
        self._accepted: contextvars.ContextVar[tuple[str, ...]] = contextvars.ContextVar("lake_accepted", default=())
        self._checked: contextvars.ContextVar[str] = contextvars.ContextVar("lake_checked", default="*")
        self._count_loopback_as_secure(app)
        self._watch_decisions()

    def require_resources(self, service: str, rule: Rule) -> None:
        """All ARNs that IAM checks for a call of a JSON API: `rule(operation, request)`; empty leaves the emulator's own choice."""
        self._rules[service] = rule

    def accept_resources(self, service: str, rule: Choice) -> None:
        """ARNs that IAM checks for a call of a REST API until it allows one: `rule(method, path)`, best first; empty leaves the emulator's own."""
        self._choices[service] = rule

    @property
    def caller(self) -> str:
        """The ARN of the caller of the operation that is being handled."""
        return str(self._evaluator.caller_arn())

    @property
    def signer(self) -> str:
        """The ARN of whoever's key a request's signature was checked with, also where the emulator forgot to note its caller; empty for nobody."""
        from ministack.core import responses

        key = self._evaluator._verified_key.get()
        principal = self._evaluator.resolve_principal(key, responses.get_account_id()) if key else None
        return str(getattr(principal, "arn", ""))

    @property
    def checked(self) -> str:
        """The ARN that decided about the operation that is being handled."""
        return self._checked.get()

    def denial(self, action: str, region: str, resource: str) -> str | None:
        """Why the caller of the operation that is being handled may not do something else as well; None if it may.

        It counts as a call: what is done in the caller's place needs the caller's right.
        """
        key = self._evaluator._verified_key.get()
        if self._evaluator.enforce(key, action, action.partition(":")[0], region, resource_arn=resource) is None:
            return None
        return f"User: {self.caller} is not authorized to perform: {action} on resource: {resource}"

    def _count_loopback_as_secure(self, app: Any) -> None:
        # Buckets that demand TLS would refuse the laptop's plain http, which never leaves the machine.
        original = self._evaluator.pin_request_origin

        def pin(source_ip: str, secure: bool) -> None:
            original(source_ip, secure or str(source_ip).startswith("127."))

        self._evaluator.pin_request_origin = pin
        app.pin_request_origin = pin

    def _watch_decisions(self) -> None:
        enforce = self._evaluator.enforce
        extract_resource = self._actions.extract_resource_arn
        denied_answer = self._actions.access_denied_response

        def resource(service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any) -> str:
            rule = self._rules.get(service)
            required: tuple[str, ...] = ()
            if rule is not None and headers.get("x-amz-target"):
                required = tuple(rule(headers["x-amz-target"].rpartition(".")[2], json_object(body)))
            self._required.set(required)
            accepted = tuple(self._choices[service](method, path)) if service in self._choices else ()
            self._accepted.set(accepted)
            own: str = extract_resource(service, method, path, headers, body, *rest)
            return next(iter(required or accepted), own)

        def watched(key: str, action: str, service: str, region: str, resource_arn: str = "*", service_context: Json | None = None) -> Any:
            required, accepted = self._required.get(), self._accepted.get()
            one_is_enough = resource_arn in accepted
            checked = accepted if one_is_enough else required if resource_arn in required else (resource_arn,)
            denied = None
            for arn in checked:
                denied = enforce(key, action, service, region, resource_arn=arn, service_context=service_context)
                self._checked.set(arn)
                if bool(denied) is not one_is_enough:
                    break
            # One call, whatever the number of its resources; the one that was refused, or else the narrowest.
            self.on_decision(Decision(self._evaluator.caller_arn(), action, self._checked.get(), denied is None))
            return denied

        def denied_response(service: str, *arguments: Any, **options: Any) -> Answer:
            status, headers, body = denied_answer(service, *arguments, **options)
            resource = self._checked.get()
            named = f" on resource: {html.escape(resource) if body.startswith(b'<') else json.dumps(resource)[1:-1]} because "
            # AWS names the resource for every service; the emulator does for some.
            return status, headers, body if b" on resource: " in body else body.replace(b" because ", named.encode(), 1)

        self._actions.access_denied_response = denied_response
        self._actions.extract_resource_arn = resource
        self._evaluator.enforce = watched
