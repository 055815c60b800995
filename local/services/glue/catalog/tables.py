"""The tables of the catalog."""

from datetime import datetime

from local.emulator.process import Emulator
from local.service import Context, Json, ServiceError


class Tables:
    """What is asked of tables and the emulator would answer otherwise."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def versions(self, request: Json, context: Context) -> Json:
        """GetTableVersions: the emulator keeps one version of a table, the current one."""
        glue = self._emulator.client("glue")
        try:
            table = glue.get_table(DatabaseName=request["DatabaseName"], Name=request["TableName"])["Table"]
        except glue.exceptions.EntityNotFoundException as error:
            raise ServiceError("EntityNotFoundException", error.response["Error"]["Message"]) from error
        table = {key: value.timestamp() if isinstance(value, datetime) else value for key, value in table.items()}
        return {"TableVersions": [{"Table": table, "VersionId": str(table.get("VersionId", "0"))}]}

    def get_all(self, request: Json, context: Context) -> Json:
        """GetTables: for a database that does not exist the emulator would answer that it has no tables."""
        glue, name = self._emulator.client("glue"), request["DatabaseName"]
        try:
            glue.get_database(Name=name)
        except glue.exceptions.EntityNotFoundException as error:
            raise ServiceError("EntityNotFoundException", f"Database {name} not found.") from error
        return context.proceed(request)
