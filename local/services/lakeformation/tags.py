"""LF-tags: made, put on databases, tables and columns, and looked for."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from local.service import Context, Json, ServiceError
from local.services.lakeformation.authority import Authority
from local.services.lakeformation.catalog import Catalog
from local.services.lakeformation.lake import DataLake, Key
from local.services.lakeformation.pages import page
from local.services.lakeformation.refusals import insufficient, invalid, missing
from local.services.lakeformation.wire import expression_of, required, resource
from medallion.manifest.access.evaluate import column_tags, database_tags, matches, table_tags
from medallion.manifest.access.permissions import ColumnsResource, DatabaseResource, TableResource, TagPolicyResource, TagResource

TAGS_PER_RESOURCE = 50
VALUES_PER_TAG = 1000
# What the creator of a tag may do with it, and let others do.
_OF_CREATOR = ("ALTER", "ASSOCIATE", "DESCRIBE", "DROP", "GRANT_WITH_LF_TAG_EXPRESSION")


class Tags:
    """The operations about tags."""

    def __init__(self, lake: DataLake, catalog: Catalog, authority: Authority, principal: Callable[[str], str]) -> None:
        self._lake = lake
        self._catalog = catalog
        self._authority = authority
        self._principal = principal

    def create(self, request: Json, context: Context) -> Json:
        """CreateLFTag: of its creator, who may do all with it, unless that is an administrator, who may anyway."""
        key, values, principal = _key(request), _values(request, "TagValues"), self._principal(context.principal)
        self._authority.check_catalog(principal, "CREATE_LF_TAG")
        with self._lake.changing(("tag", key)):
            if key in self._lake.tags:
                raise invalid(f"Tag key already exists: {key}")
            self._lake.tags[key] = values
            if not self._authority.is_admin(principal):
                self._lake.add(principal, TagResource(key=key, values=("*",)), _OF_CREATOR, _OF_CREATOR)
        return {}

    def update(self, request: Json, context: Context) -> Json:
        """UpdateLFTag; a value that something carries can be taken away, and is then nowhere."""
        key = self._known(request)
        self._authority.check_tag(self._principal(context.principal), key, "ALTER")
        added = [value.lower() for value in request.get("TagValuesToAdd") or ()]
        removed = [value.lower() for value in request.get("TagValuesToDelete") or ()]
        if absent := sorted(set(removed) - set(self._lake.tags[key])):
            raise missing(f"Tag value not found: {absent[0]}")
        with self._lake.changing(("tag", key)):
            kept = [value for value in self._lake.tags[key] if value not in removed]
            self._lake.tags[key] = [*kept, *(value for value in added if value not in kept)]
            self._untag(key, removed)
        return {}

    def delete(self, request: Json, context: Context) -> Json:
        """DeleteLFTag: from all that carries it, and with the permissions on it and by it."""
        key = self._known(request)
        self._authority.check_tag(self._principal(context.principal), key, "DROP")
        with self._lake.changing(("tag", key)):
            values = self._lake.tags.pop(key)
            self._untag(key, values)
            for grant in [grant for grant in list(self._lake.grants) if _about(grant[1], key)]:
                del self._lake.grants[grant]
        return {}

    def get(self, request: Json, context: Context) -> Json:
        """GetLFTag."""
        key = self._known(request)
        self._authority.check_tag(self._principal(context.principal), key, "DESCRIBE")
        return self._wire(key, self._lake.tags[key])

    def list_all(self, request: Json, context: Context) -> Json:
        """ListLFTags: those that the caller may see."""
        principal = self._principal(context.principal)
        seen = [key for key in sorted(self._lake.tags) if self._authority.may_with_tag(principal, key, "DESCRIBE")]
        chosen, token = page(request, seen)
        return {"LFTags": [self._wire(key, self._lake.tags[key]) for key in chosen], **token}

    def put_on(self, request: Json, context: Context) -> Json:
        """AddLFTagsToResource: each tag by itself, so that some may fail."""
        return self._change(request, context, add=True)

    def take_off(self, request: Json, context: Context) -> Json:
        """RemoveLFTagsFromResource: what something has by inheritance it keeps."""
        return self._change(request, context, add=False)

    def of_resource(self, request: Json, context: Context) -> Json:
        """GetResourceLFTags: of a table with its database and, if it is asked for, its columns; of columns with both."""
        principal = self._principal(context.principal)
        database, table, columns = self._target(request)
        if not self._may_find(principal, database, table):
            raise insufficient("Describe", table or database)
        state = self._lake.state()
        answer: Json = {"LFTagOnDatabase": self._pairs(database_tags(state, database))}
        if table is None:
            return answer
        own_only = bool(request.get("ShowAssignedLFTags"))
        own = self._lake.assigned.get((database, table), {})
        answer["LFTagsOnTable"] = self._pairs(own if own_only else table_tags(state, database, table))
        listed = [
            {
                "Name": name,
                "LFTags": self._pairs(
                    self._lake.assigned.get((database, table, name), {}) if own_only else column_tags(state, database, table, name)
                ),
            }
            for name in (columns or self._catalog.table(database, table).columns)
        ]
        answer["LFTagsOnColumns"] = [column for column in listed if column["LFTags"]]
        return answer

    def search_tables(self, request: Json, context: Context) -> Json:
        """SearchTablesByLFTags: tables that match, or that have columns which do."""
        principal, state = self._principal(context.principal), self._lake.state()
        policy = TagPolicyResource(kind="TABLE", expression=expression_of(request.get("Expression") or ()))
        if not policy.expression:
            raise invalid("Expression is missing")
        listed = []
        for table in self._catalog.tables():
            tags = table_tags(state, table.database, table.name)
            of_columns = {name: column_tags(state, table.database, table.name, name) for name in table.columns}
            matching = {name: carried for name, carried in of_columns.items() if matches(policy, carried)}
            if (matches(policy, tags) or matching) and self._may_find(principal, table.database, table.name):
                listed.append(
                    {
                        "Table": {"CatalogId": context.account, "DatabaseName": table.database, "Name": table.name},
                        "LFTagOnDatabase": self._pairs(database_tags(state, table.database)),
                        "LFTagsOnTable": self._pairs(tags),
                        "LFTagsOnColumns": [{"Name": name, "LFTags": self._pairs(carried)} for name, carried in matching.items()],
                    }
                )
        chosen, token = page(request, listed)
        return {"TableList": list(chosen), **token}

    def _may_find(self, principal: str, database: str, table: str | None) -> bool:
        target = DatabaseResource(database=database) if table is None else TableResource(database=database, table=table)
        return bool(self._authority.permissions_on(principal, target))

    def _change(self, request: Json, context: Context, *, add: bool) -> Json:
        principal = self._principal(context.principal)
        database, table, columns = self._target(request)
        self._authority.check_tagging(principal, database, table)
        keys: list[Key] = [(database,)] if table is None else [(database, table)]
        if table is not None and columns is not None:
            keys = [(database, table, name) for name in columns]
        failures = []
        with self._lake.changing(keys[0][:2]):
            for pair in request.get("LFTags") or ():
                try:
                    self._change_one(principal, pair, keys, add=add)
                except ServiceError as error:
                    failures.append({"LFTag": dict(pair), "Error": {"ErrorCode": error.code, "ErrorMessage": error.message}})
        return {"Failures": failures} if failures else {}

    def _change_one(self, principal: str, pair: Mapping[str, Any], keys: Iterable[Key], *, add: bool) -> None:
        key, values = self._known(pair), _values(pair, "TagValues")
        if len(values) != 1:
            raise invalid("A resource has one value of a tag")
        [value] = values
        if value not in self._lake.tags[key]:
            raise missing(f"Tag value not found: {value}")
        if not self._authority.may_with_tag(principal, key, "ASSOCIATE", values):
            raise insufficient("Associate", key)
        for target in keys:
            assigned = self._lake.assigned.setdefault(target, {})
            if not add:
                if assigned.get(key) != value:
                    raise missing(f"Tag is not assigned to the resource: {key}")
                del assigned[key]
            elif key not in assigned and len(assigned) >= TAGS_PER_RESOURCE:
                raise ServiceError("ResourceNumberLimitExceededException", f"A resource has at most {TAGS_PER_RESOURCE} tags")
            else:
                assigned[key] = value

    def _target(self, request: Json) -> tuple[str, str | None, tuple[str, ...] | None]:
        target = resource(request.get("Resource") or {}, self._lake.account)
        match target:
            case DatabaseResource():
                self._catalog.database(target.database)
                return target.database, None, None
            case TableResource() if target.table != "*":
                self._catalog.table(target.database, target.table)
                return target.database, target.table, None
            case ColumnsResource() if not target.excluded:
                known = self._catalog.table(target.database, target.table).columns
                if absent := sorted(set(target.columns) - set(known)):
                    raise missing(f"Column not found: {target.database}.{target.table}.{absent[0]}")
                return target.database, target.table, target.columns
        raise invalid("Tags are put on databases, tables and named columns")

    def _known(self, request: Mapping[str, Any]) -> str:
        key = _key(request)
        if key not in self._lake.tags:
            raise missing(f"Tag key not found: {key}")
        return key

    def _untag(self, key: str, values: Collection[str]) -> None:
        for assigned in list(self._lake.assigned.values()):
            if assigned.get(key, "") in values:
                del assigned[key]

    def _pairs(self, tags: Mapping[str, str]) -> list[Json]:
        return [self._wire(key, [value]) for key, value in sorted(tags.items())]

    def _wire(self, key: str, values: Iterable[str]) -> Json:
        return {"CatalogId": self._lake.account, "TagKey": key, "TagValues": list(values)}


def _about(target: object, key: str) -> bool:
    if isinstance(target, TagResource):
        return target.key == key
    return isinstance(target, TagPolicyResource) and any(condition.key == key for condition in target.expression)


def _key(request: Mapping[str, Any]) -> str:
    # Lake Formation keeps keys and values in lower case.
    return required(request, "TagKey").lower()


def _values(request: Mapping[str, Any], field: str) -> list[str]:
    values = list(_unique(str(value).lower() for value in request.get(field) or ()))
    if not values or len(values) > VALUES_PER_TAG:
        raise invalid(f"{field} has 1 to {VALUES_PER_TAG} values")
    return values


def _unique(values: Iterable[str]) -> Iterator[str]:
    yield from dict.fromkeys(values)
