"""What has to be done so that Lake Formation holds what contracts say: first what closes, then what opens."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

from medallion.govern.actions import Action, DropFilter, MakeFilter, Permit, PutTags, Revoke, TakeTags
from medallion.manifest.access.permissions import (
    IAM_ALLOWED_PRINCIPALS,
    DatabaseResource,
    Filter,
    FilterResource,
    Grant,
    State,
    TableResource,
    Tag,
)
from medallion.manifest.frozen import Frozen


class AccessPlan(Frozen):
    """What has to be done.

    Attributes:
        closing: What lets somebody see less, in its order.
        opening: What lets somebody see more, in its order; after what closes.
    """

    closing: tuple[Action, ...] = ()
    opening: tuple[Action, ...] = ()


def access_plan(wanted: State, held: State, strictness: Mapping[str, Sequence[str]], filter_prefix: str) -> AccessPlan:
    """The difference between what is wanted and what is there.

    Tables, columns and grants that are wanted but not there yet are left for the next time. Other tags, other filters and other grants are
    left alone, but for those of IAM_ALLOWED_PRINCIPALS: with one of them Lake Formation governs nothing.

    Args:
        wanted: The tags of tables and columns, the filters, and the grants on filters.
        held: What there is, of the lake's databases alone.
        strictness: The lake's own tags by key, each with its values from the most open to the strictest.
        filter_prefix: What the names of the lake's own filters begin with.
    """
    columns = {(table.database, table.name): table.columns for table in held.tables}
    tagged: dict[tuple[str, str], set[str]] = {}
    for database, table, name in held.column_tags:
        tagged.setdefault((database, table), set()).add(name)
    closing: list[Action] = [Revoke(grant=grant) for grant in held.grants if _bypasses(grant)]
    opening: list[Action] = []
    for (database, table), names in sorted(columns.items()):
        tags = _TagChanges(strictness)
        tags.compare("", wanted.table_tags.get((database, table), ()), held.table_tags.get((database, table), ()))
        # A dropped column may keep its tags: they would open another one that gets its name.
        for name in (*names, *sorted(tagged.get((database, table), set()).difference(names))):
            place = (database, table, name)
            tags.compare(name, wanted.column_tags.get(place, ()) if name in names else (), held.column_tags.get(place, ()))
        closing += [TakeTags(database=database, table=table, columns=on, tags=some) for on, some in grouped(tags.taken)]
        closing += [PutTags(database=database, table=table, columns=on, tags=some) for on, some in grouped(tags.stricter)]
        opening += [PutTags(database=database, table=table, columns=on, tags=some) for on, some in grouped(tags.given)]
    closed, opened = _filters(wanted, held, columns, filter_prefix)
    return AccessPlan(closing=(*closing, *closed), opening=(*opening, *opened))


class _TagChanges:
    """What becomes of the tags of one table: by column, an empty name being the table itself."""

    def __init__(self, strictness: Mapping[str, Sequence[str]]) -> None:
        self._strictness = strictness
        self.taken: dict[str, tuple[Tag, ...]] = {}
        self.stricter: dict[str, tuple[Tag, ...]] = {}
        self.given: dict[str, tuple[Tag, ...]] = {}

    def compare(self, name: str, wanted: Collection[Tag], carried: Collection[Tag]) -> None:
        """Notes what has to become of the tags of a table or a column."""
        now = {tag.key: tag for tag in carried if tag.key in self._strictness}
        then = {tag.key: tag for tag in wanted}
        for key, tag in sorted(then.items()):
            if key not in now:
                self._note(self.given, name, tag)
            elif now[key] != tag:
                self._note(self.stricter if self._is_stricter(tag, now[key]) else self.given, name, tag)
        for key in sorted(now.keys() - then.keys()):
            self._note(self.taken, name, now[key])

    def _is_stricter(self, tag: Tag, other: Tag) -> bool:
        order = list(self._strictness[tag.key])
        # What a value means that is none of ours nobody knows: away with it at once.
        return other.value not in order or order.index(tag.value) > order.index(other.value)

    @staticmethod
    def _note(changes: dict[str, tuple[Tag, ...]], name: str, tag: Tag) -> None:
        changes[name] = (*changes.get(name, ()), tag)


def grouped(changes: Mapping[str, tuple[Tag, ...]]) -> Iterator[tuple[tuple[str, ...], tuple[Tag, ...]]]:
    """Columns with the same tags together, as one call changes many; the table itself first, as no columns."""
    if "" in changes:
        yield (), changes[""]
    by_tags = sorted(((tags, name) for name, tags in changes.items() if name), key=lambda each: [(tag.key, tag.value) for tag in each[0]])
    for tags, some in groupby(by_tags, key=lambda each: each[0]):
        yield tuple(sorted(name for _, name in some)), tags


def _filters(
    wanted: State, held: State, columns: Mapping[tuple[str, str], Collection[str]], prefix: str
) -> tuple[list[Action], list[Action]]:
    """What becomes of filters and of what is granted on them: a filter is dropped without grants, and made before them."""
    own = {place_of(each): each for each in held.filters if each.name.startswith(prefix)}
    then = {place_of(each): each for each in wanted.filters if _is_possible(each, columns.get((each.database, each.table)))}
    kept = {place for place, each in own.items() if place in then and _same(each, then[place])}
    now_granted = {(grant.principal, grant.resource): grant for grant in held.grants if isinstance(grant.resource, FilterResource)}
    then_granted = {(grant.principal, grant.resource): grant for grant in wanted.grants if isinstance(grant.resource, FilterResource)}
    closing: list[Action] = [
        Revoke(grant=grant)
        for (principal, place), grant in now_granted.items()
        if place in own and (place not in kept or (principal, place) not in then_granted)
    ]
    closing += [DropFilter(filter=each) for place, each in own.items() if place not in kept]
    opening: list[Action] = [MakeFilter(filter=each) for place, each in then.items() if place not in kept]
    opening += [
        Permit(grant=grant)
        for (principal, place), grant in then_granted.items()
        if place in then and not (place in kept and (principal, place) in now_granted)
    ]
    return closing, opening


def _is_possible(each: Filter, columns: Collection[str] | None) -> bool:
    """Whether the table of a filter is there, with all columns that the filter lists."""
    return columns is not None and set(each.columns or ()) <= set(columns)


def place_of(each: Filter) -> FilterResource:
    """A filter as something that is granted."""
    return FilterResource(database=each.database, table=each.table, name=each.name)


def _same(one: Filter, other: Filter) -> bool:
    """Whether two filters show the same; in which order one lists its columns means nothing."""
    return _content(one) == _content(other)


def _content(each: Filter) -> tuple[object, ...]:
    return (None if each.columns is None else frozenset(each.columns), frozenset(each.excluded_columns), each.rows)


def _bypasses(grant: Grant) -> bool:
    return grant.principal == IAM_ALLOWED_PRINCIPALS and isinstance(grant.resource, (DatabaseResource, TableResource))


__all__ = ["AccessPlan", "access_plan", "grouped", "place_of"]
