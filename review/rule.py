"""A rule of access and when one covers another."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from medallion.manifest.frozen import Frozen

Effect = Literal["allow", "deny", "bound"]


class Rule(Frozen):
    """Actions on resources that are allowed or denied together.

    Attributes:
        effect: `allow`; `deny`; or `bound`, a permissions boundary.
        principal: To whom, in a policy of a resource or the trust of a role; empty in a role's own policy.
        actions: Sorted.
        resources: Sorted; empty in the trust of a role.
        conditions: All of which must hold, each `Operator key = value`.
    """

    effect: Effect
    principal: str = ""
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class Grant:
    """One action of one principal on one resource: what two templates are compared by, however they group them."""

    effect: Effect
    principal: str
    action: str
    resource: str
    conditions: tuple[str, ...]

    def covers(self, other: "Grant") -> bool:
        """Whether all that the other one says follows from this one: patterns, `*` principals and fewer conditions are wider."""
        return (
            self.effect == other.effect
            and self.principal in {other.principal, "*"}
            and set(self.conditions) <= set(other.conditions)
            and bool(_pattern(self.action).fullmatch(other.action))
            and bool(_pattern(self.resource).fullmatch(other.resource))
        )


def grants(rules: Iterable[Rule]) -> set[Grant]:
    """Rules taken apart."""
    return {
        Grant(rule.effect, rule.principal, action, resource, rule.conditions)
        for rule in rules
        for action in rule.actions
        for resource in rule.resources or ("",)
    }


def grouped(single: Iterable[Grant]) -> tuple[Rule, ...]:
    """The fewest readable rules that say the same: actions by resource, then resources with the same actions together."""
    actions: defaultdict[tuple[Effect, str, tuple[str, ...], str], list[str]] = defaultdict(list)
    for grant in sorted(single):
        actions[grant.effect, grant.principal, grant.conditions, grant.resource].append(grant.action)
    resources: defaultdict[tuple[Effect, str, tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for (effect, principal, conditions, resource), done in actions.items():
        resources[effect, principal, conditions, tuple(done)].append(resource)
    return tuple(
        Rule(effect=effect, principal=principal, actions=done, resources=tuple(on) if on != [""] else (), conditions=conditions)
        for (effect, principal, conditions, done), on in sorted(resources.items())
    )


@cache
def _pattern(text: str) -> re.Pattern[str]:
    # A `?` must not pass for the other pattern's `*`, which is more than one character.
    wild = {"*": ".*", "?": "[^*]"}
    return re.compile("".join(wild.get(character, re.escape(character)) for character in text), re.DOTALL)
