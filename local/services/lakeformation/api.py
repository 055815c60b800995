"""Lake Formation's API: a path per operation."""

from collections.abc import Callable, Mapping

from local.service import Context, Json, ServiceError
from local.services.lakeformation.filters import Filters
from local.services.lakeformation.grants import Grants
from local.services.lakeformation.settings import Settings
from local.services.lakeformation.tags import Tags

type Operation = Callable[[Json, Context], Json]


class Api:
    """Answers for the data lake of an account."""

    def __init__(self, account: str, settings: Settings, tags: Tags, grants: Grants, filters: Filters, follow: Callable[[], None]) -> None:
        self._account = account
        self._follow = follow
        self._operations: Mapping[str, Operation] = {
            "GetDataLakeSettings": settings.get,
            "PutDataLakeSettings": settings.put,
            "RegisterResource": settings.register,
            "UpdateResource": settings.update,
            "DeregisterResource": settings.deregister,
            "DescribeResource": settings.describe,
            "ListResources": settings.list_all,
            "CreateLFTag": tags.create,
            "UpdateLFTag": tags.update,
            "DeleteLFTag": tags.delete,
            "GetLFTag": tags.get,
            "ListLFTags": tags.list_all,
            "AddLFTagsToResource": tags.put_on,
            "RemoveLFTagsFromResource": tags.take_off,
            "GetResourceLFTags": tags.of_resource,
            "SearchTablesByLFTags": tags.search_tables,
            "GrantPermissions": grants.grant,
            "RevokePermissions": grants.revoke,
            "BatchGrantPermissions": grants.grant_many,
            "BatchRevokePermissions": grants.revoke_many,
            "ListPermissions": grants.list_all,
            "GetEffectivePermissionsForPath": grants.of_path,
            "CreateDataCellsFilter": filters.create,
            "UpdateDataCellsFilter": filters.update,
            "GetDataCellsFilter": filters.get,
            "DeleteDataCellsFilter": filters.delete,
            "ListDataCellsFilter": filters.list_all,
        }

    def answer(self, method: str, path: str, request: Json, context: Context) -> Json:
        """One call."""
        name = path.strip("/")
        operation = self._operations.get(name)
        if method != "POST" or operation is None:
            raise ServiceError("UnsupportedOperationException", f"the laptop's Lake Formation has no operation {name}")
        if request.get("CatalogId") not in (None, "", self._account):
            raise ServiceError("InvalidInputException", f"the laptop is account {self._account} and has no catalog {request['CatalogId']}")
        self._follow()
        return operation(request, context)
