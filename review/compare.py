"""What changes for a reviewer between two sets of outlines of one environment."""

from collections.abc import Iterable, Iterator

from review.change import Change, Kind, Weight
from review.outline import Outline
from review.rule import Grant, grants, grouped
from review.stateful import Stateful

SURVIVES = {"Delete": 0, "Snapshot": 1, "RetainExceptOnCreate": 2, "Retain": 3}


def changes(base: Iterable[Outline], head: Iterable[Outline]) -> tuple[Change, ...]:
    """All differences that a reviewer cares for, the most worrying first.

    Args:
        base: What was reviewed before, one outline a stack.
        head: What is now.
    """
    old, new = {each.stack: each for each in base}, {each.stack: each for each in head}
    found = [*_data(old, new)]
    for stack in sorted(old.keys() | new.keys()):
        before, after = old.get(stack, Outline(stack=stack)), new.get(stack, Outline(stack=stack))
        if stack not in old or stack not in new:
            found.append(
                Change(
                    Kind.STACK_ADDED if stack in new else Kind.STACK_GONE,
                    stack,
                    f"{len(after.stateful or before.stateful)} resources in it hold data",
                )
            )
        elif before.protected != after.protected:
            found.append(
                Change(Kind.PROTECTED if after.protected else Kind.UNPROTECTED, stack, f"termination protection {_on(after.protected)}")
            )
        found += _access(stack, before, after)
        found += _listed(stack, before.network, after.network, Kind.OPENED, Kind.CLOSED)
        found += _listed(stack, before.public, after.public, Kind.PUBLIC, Kind.PRIVATE)
        found += _findings(stack, before, after)
    weights, kinds = [*Weight], [*Kind]
    return tuple(sorted(found, key=lambda each: (weights.index(each.kind.weight), kinds.index(each.kind), each.stack, each.what)))


def _data(old: dict[str, Outline], new: dict[str, Outline]) -> Iterator[Change]:
    """Compares all stacks together, as what holds data may also move from one to another."""
    before = {(each.stack, logical_id): held for each in old.values() for logical_id, held in each.stateful.items()}
    after = {(each.stack, logical_id): held for each in new.values() for logical_id, held in each.stateful.items()}
    gone, fresh = sorted(before.keys() - after.keys()), sorted(after.keys() - before.keys())
    for key in gone:
        held = before[key]
        if same := next((other for other in fresh if _identity(after[other]) == _identity(held)), None):
            fresh.remove(same)
            yield Change(Kind.MOVED, same[0], f"{held.type} {'.'.join(key)} is now {'.'.join(same)}")
        else:
            yield Change(Kind.GONE, key[0], f"{held.type} {key[1]}{_named(held)}, deletion policy {held.deletion}")
    for key in fresh:
        yield Change(Kind.NEW, key[0], f"{after[key].type} {key[1]}{_named(after[key])}, deletion policy {after[key].deletion}")
    for key in sorted(before.keys() & after.keys()):
        yield from _held(*key, before[key], after[key])


def _held(stack: str, logical_id: str, before: Stateful, after: Stateful) -> Iterator[Change]:
    if before.type != after.type:
        yield Change(Kind.REPLACED, stack, f"{logical_id}: {before.type} becomes {after.type}")
        return
    for name in sorted(before.fixed.keys() | after.fixed.keys()):
        was, is_now = before.fixed.get(name, "not set"), after.fixed.get(name, "not set")
        if was != is_now:
            yield Change(Kind.REPLACED, stack, f"{before.type} {logical_id}: {name} was {was}, is {is_now}")
    for policy, was, is_now in (("deletion", before.deletion, after.deletion), ("replacement", before.replacement, after.replacement)):
        if was != is_now:
            kind = Kind.PROTECTED if SURVIVES.get(is_now, 0) > SURVIVES.get(was, 0) else Kind.UNPROTECTED
            yield Change(kind, stack, f"{before.type} {logical_id}: {policy} policy was {was}, is {is_now}")


def _identity(held: Stateful) -> tuple[str, tuple[tuple[str, str], ...]]:
    return held.type, tuple(sorted(held.fixed.items()))


def _named(held: Stateful) -> str:
    return f" ({', '.join(held.fixed.values())})" if held.fixed else ""


def _access(stack: str, before: Outline, after: Outline) -> Iterator[Change]:
    for holder in sorted(before.access.keys() | after.access.keys()):
        was, is_now = grants(before.access.get(holder, ())), grants(after.access.get(holder, ()))
        # A grant that another still covers changes nothing, whichever side it is on.
        added = [grant for grant in is_now - was if not any(other.covers(grant) for other in was)]
        dropped = [grant for grant in was - is_now if not any(other.covers(grant) for other in is_now)]
        more, less = ("allow", Kind.WIDER, Kind.NARROWER), ("deny bound", Kind.NARROWER, Kind.WIDER)
        for effects, when_added, when_dropped in (more, less):
            yield from _told(stack, holder, when_added, "", [grant for grant in added if grant.effect in effects])
            yield from _told(stack, holder, when_dropped, "no longer ", [grant for grant in dropped if grant.effect in effects])


def _told(stack: str, holder: str, kind: Kind, no_longer: str, found: list[Grant]) -> Iterator[Change]:
    verbs = {"allow": "may", "deny": "must not", "bound": "is bounded by"}
    for rule in grouped(found):
        who, what = f"{rule.principal} " if rule.principal else "", ", ".join(rule.actions)
        on = f" on {', '.join(rule.resources)}" if rule.resources else ""
        when = f", where {' and '.join(rule.conditions)}" if rule.conditions else ""
        yield Change(kind, stack, f"{holder}: {who}{no_longer}{verbs[rule.effect]} {what}{on}{when}")


def _listed(stack: str, before: tuple[str, ...], after: tuple[str, ...], added: Kind, dropped: Kind) -> Iterator[Change]:
    for line in after:
        if line not in before:
            yield Change(added, stack, line)
    for line in before:
        if line not in after:
            yield Change(dropped, stack, line)


def _findings(stack: str, before: Outline, after: Outline) -> Iterator[Change]:
    was = {(where, rule): reason for where, rules in before.accepted.items() for rule, reason in rules.items()}
    is_now = {(where, rule): reason for where, rules in after.accepted.items() for rule, reason in rules.items()}
    for where, rule in sorted(was.keys() | is_now.keys()):
        reason, earlier = is_now.get((where, rule)), was.get((where, rule))
        if reason is None:
            yield Change(Kind.UNACCEPTED, stack, f"{where}: {rule}")
        elif reason != earlier:
            yield Change(Kind.ACCEPTED, stack, f"{where}: {rule}: {reason!r}{f', was {earlier!r}' if earlier else ''}")


def _on(flag: bool) -> str:
    return "on" if flag else "off"
