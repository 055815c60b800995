"""What IAM checks for a call of Glue's API."""

from collections.abc import Iterable

from local.service import Json


class ResourceRule:
    """Glue checks a table, its database and the catalog; the emulator would check the database alone."""

    def __init__(self, account: str, region: str) -> None:
        self._prefix = f"arn:aws:glue:{region}:{account}:"

    def __call__(self, operation: str, request: Json) -> Iterable[str]:
        return [self._prefix + resource for resource in self._resources(operation, request)]

    def _resources(self, operation: str, request: Json) -> list[str]:
        if operation.endswith(("Database", "Databases")):
            name = request.get("Name") or request.get("DatabaseInput", {}).get("Name") or "*"
            return ["catalog", f"database/{name}"]
        if "DatabaseName" in request:
            database = request["DatabaseName"]
            named = request.get("TableName") or request.get("Name") or request.get("TableInput", {}).get("Name")
            tables = request.get("TablesToDelete") or [named or "*"]
            return ["catalog", f"database/{database}", *(f"table/{database}/{table}" for table in tables)]
        if operation.endswith(("Connection", "Connections")):
            name = request.get("Name") or request.get("ConnectionName") or request.get("ConnectionInput", {}).get("Name") or "*"
            return ["catalog", f"connection/{name}"]
        if "Crawler" in operation:
            named = [request["Name"]] if request.get("Name") else request.get("CrawlerNames") or request.get("CrawlerNameList") or ["*"]
            return [f"crawler/{name}" for name in named]
        if operation.endswith(("Job", "JobRun", "JobRuns")):
            return [f"job/{request.get('JobName') or request.get('Name') or '*'}"]
        return []
