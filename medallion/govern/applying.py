"""Does what a plan says, in its order."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import batched, groupby

from medallion.govern.actions import Action, DropFilter, MakeFilter, Permit, PutTags, Revoke, TakeTags
from medallion.govern.lake_formation import Json, LakeFormation, filter_request, grant_request, table_resource, tag_pairs

# Of one call: the API's own limit, and columns in numbers that an answer comes back for in time.
MOST_GRANTS = 20
MOST_COLUMNS = 100

GONE = ("EntityNotFoundException",)
THERE = ("AlreadyExistsException",)


def apply(lake_formation: LakeFormation, actions: Sequence[Action]) -> None:
    """Does all actions, each again where that helps; what is done already is left so, so that it may be started again at any time.

    Raises:
        Terminal: Lake Formation refuses one.
        Transient: One still could not be done after some tries.
    """
    for kind, some in groupby(actions, key=type):
        if kind in (Permit, Revoke):
            operation = "batch_grant_permissions" if kind is Permit else "batch_revoke_permissions"
            for batch in batched((each.grant for each in some if isinstance(each, (Permit, Revoke))), MOST_GRANTS, strict=False):
                entries = [{"Id": str(number), **grant_request(lake_formation.account, grant)} for number, grant in enumerate(batch)]
                lake_formation.call(operation, Entries=entries)
            continue
        for action in some:
            _apply(lake_formation, action)


def _apply(lake_formation: LakeFormation, action: Action) -> None:
    account = lake_formation.account
    match action:
        case PutTags(tags=tags):
            for resource in _resources(account, action):
                lake_formation.call("add_lf_tags_to_resource", Resource=resource, LFTags=tag_pairs(account, tags))
        case TakeTags():
            _take(lake_formation, action)
        case MakeFilter(filter=each):
            lake_formation.call("create_data_cells_filter", known=THERE, TableData=filter_request(account, each))
        case DropFilter(filter=each):
            lake_formation.call(
                "delete_data_cells_filter",
                known=GONE,
                TableCatalogId=account,
                DatabaseName=each.database,
                TableName=each.table,
                Name=each.name,
            )


def _take(lake_formation: LakeFormation, action: TakeTags) -> None:
    account = lake_formation.account
    for resource in _resources(account, action):
        answer = lake_formation.call("remove_lf_tags_from_resource", known=GONE, Resource=resource, LFTags=tag_pairs(account, action.tags))
        columns = resource.get("TableWithColumns", {}).get("ColumnNames", ())
        if len(columns) > 1 and (answer is None or answer.get("Failures")):
            # One column that has no such tag, or is no more, may have kept the others from losing theirs.
            for name in columns:
                _take(lake_formation, action.model_copy(update={"columns": (name,)}))


def _resources(account: str, action: PutTags | TakeTags) -> Iterator[Json]:
    """The table, or its columns in numbers that one call takes."""
    if not action.columns:
        yield table_resource(account, action.database, action.table)
    for columns in batched(action.columns, MOST_COLUMNS, strict=False):
        yield table_resource(account, action.database, action.table, columns)


def described(actions: Iterable[Action]) -> Iterator[dict[str, str]]:
    """What was done, for the log: names of things, and never an expression, which holds values."""
    for action in actions:
        match action:
            case PutTags() | TakeTags():
                yield {
                    "event": "access",
                    "change": "put" if isinstance(action, PutTags) else "taken",
                    "on": ", ".join(f"{action.database}.{action.table}{f'.{name}' if name else ''}" for name in action.columns or ("",)),
                    "what": ", ".join(f"{tag.key}={tag.value}" for tag in action.tags),
                }
            case MakeFilter(filter=each) | DropFilter(filter=each):
                change = "made" if isinstance(action, MakeFilter) else "dropped"
                yield {"event": "access", "change": change, "on": f"{each.database}.{each.table}", "what": each.name}
            case Permit(grant=grant) | Revoke(grant=grant):
                yield {
                    "event": "access",
                    "change": "granted" if isinstance(action, Permit) else "revoked",
                    "on": ".".join(str(part) for part in grant.resource.model_dump().values()),
                    "what": f"{', '.join(grant.permissions)} to {grant.principal}",
                }


__all__ = ["apply", "described"]
