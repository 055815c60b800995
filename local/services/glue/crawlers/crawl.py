"""One crawl, from its role's credentials to the tables of the catalog."""

import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from local.clients import Clients
from local.emulator.process import Emulator
from local.errors import LaptopError
from local.service import Json, ServiceError
from local.services.glue import PRINCIPAL
from local.services.glue.crawlers.database import address_of, crawl_database
from local.services.glue.crawlers.files import Grouping, crawl_files
from local.services.glue.crawlers.found import CrawlFailed, FoundTable, partition_inputs, told_apart

LOG_GROUP = "/aws-glue/crawlers"
PARTITIONS_A_CALL = 100
SECONDS_FOR_TABLES = 60.0

type Ending = Literal["SUCCEEDED", "FAILED", "CANCELLED"]


class Cancelled(Exception):
    """Somebody stopped the crawl."""


@dataclass
class Outcome:
    """What became of a crawl.

    Attributes:
        status: As `LastCrawl.Status` has it.
        error: Why it failed.
        created: Tables that are new.
        updated: Tables that were changed.
        deleted: Tables that were dropped.
    """

    status: Ending = "SUCCEEDED"
    error: str = ""
    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """How many tables of each."""
        return {name: len(tables) for name, tables in asdict(self).items() if isinstance(tables, list)}


class Crawl:
    """Crawls once; `start` returns at once, and `finished` is told what became of it."""

    def __init__(self, emulator: Emulator, crawler: Json, finished: Callable[["Crawl", Outcome], None]) -> None:
        self._emulator = emulator
        self._crawler = crawler
        self._finished = finished
        self._cancelled = threading.Event()
        self.prefix = secrets.token_hex(16)
        self.started = time.time()
        self._thread = threading.Thread(target=self._live, daemon=True, name=f"crawl-{crawler['Name'][:20]}")

    @property
    def log_group(self) -> str:
        """Where it logs: with a security configuration Glue forms the name of the role's and the configuration's."""
        role, security = str(self._crawler["Role"]).rpartition("/")[2], self._crawler.get("CrawlerSecurityConfiguration")
        return f"{LOG_GROUP}-role/{role}-{security}" if security else LOG_GROUP

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self, wait: bool = False) -> None:
        """Ends it before its next step."""
        self._cancelled.set()
        if wait:
            self._thread.join(timeout=SECONDS_FOR_TABLES)

    def _live(self) -> None:
        outcome = Outcome()
        try:
            self._work(outcome)
        except Cancelled:
            outcome.status = "CANCELLED"
        except (CrawlFailed, ServiceError, LaptopError, ClientError, BotoCoreError) as failure:
            outcome.status, outcome.error = "FAILED", str(failure)
        except Exception as failure:  # noqa: BLE001 - a crawl must end in some state, and its error says which
            outcome.status, outcome.error = "FAILED", f"the laptop could not crawl: {type(failure).__name__}: {failure}"
        self._finished(self, outcome)

    def _work(self, outcome: Outcome) -> None:
        name = self._crawler["Name"]
        clients = Clients(self._emulator.roles.client_environment(self._crawler["Role"], PRINCIPAL, f"GlueCrawler-{name}"))
        log = _Log(clients.of("logs"), self.log_group, name, self.prefix)
        log.write("BENCHMARK", f"Running Start Crawl for Crawler {name}")
        try:
            found = told_apart(self._found(clients))
            log.write("BENCHMARK", f"Classification complete, writing results to database {self._crawler['DatabaseName']}")
            self._write(clients.of("glue"), found, outcome, log)
        except (CrawlFailed, ClientError) as failure:
            log.write("ERROR", str(failure))
            raise
        told = ", ".join(f"{count} {what}" for what, count in outcome.counts().items())
        log.write("BENCHMARK", f"Finished writing to Catalog: tables {told}")

    def _going_on(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled

    def _found(self, clients: Clients) -> list[FoundTable]:
        targets, found = self._crawler["Targets"], list[FoundTable]()
        glue, secret = clients.of("glue"), clients.of("secretsmanager")

        def secret_text(name: str) -> str:
            text: str = secret.get_secret_value(SecretId=name)["SecretString"]
            return text

        for target in targets.get("JdbcTargets", ()):
            self._going_on()
            connection = glue.get_connection(Name=target["ConnectionName"])["Connection"]
            found += crawl_database(address_of(connection, secret_text), target)
        for target in targets.get("S3Targets", ()):
            self._going_on()
            grouping = Grouping.of(self._crawler.get("Configuration", ""))
            found += crawl_files(clients.of("s3"), target, grouping, self._going_on)
        return found

    def _write(self, glue: Any, found: Iterable[FoundTable], outcome: Outcome, log: "_Log") -> None:
        name, database = self._crawler["Name"], self._crawler["DatabaseName"]
        policy = self._crawler.get("SchemaChangePolicy", {})
        glue.get_database(Name=database)
        there = {
            table["Name"]: table for page in glue.get_paginator("get_tables").paginate(DatabaseName=database) for table in page["TableList"]
        }
        named = set()
        for table in found:
            self._going_on()
            made = table.as_input(name, self._crawler.get("TablePrefix", ""))
            named.add(made["Name"])
            before = there.get(made["Name"])
            if before is None:
                glue.create_table(DatabaseName=database, TableInput=made)
                outcome.created.append(made["Name"])
                log.write("INFO", f"Created table {made['Name']} in database {database}")
            elif not _same(before, made):
                if policy.get("UpdateBehavior", "UPDATE_IN_DATABASE") == "LOG":
                    log.write("INFO", f"Table {made['Name']} has changed and is left as it is")
                    continue
                glue.update_table(DatabaseName=database, TableInput=made)
                outcome.updated.append(made["Name"])
                log.write("INFO", f"Updated table {made['Name']} in database {database}")
            if table.folders:
                _write_partitions(glue, database, table, made)
        mine = [table for table in there.values() if table.get("Parameters", {}).get("UPDATED_BY_CRAWLER") == name]
        for gone in (table["Name"] for table in mine if table["Name"] not in named):
            # The default of the API is to mark; what is marked is the table's own parameter.
            match policy.get("DeleteBehavior", "DEPRECATE_IN_DATABASE"):
                case "DELETE_FROM_DATABASE":
                    glue.delete_table(DatabaseName=database, Name=gone)
                    outcome.deleted.append(gone)
                    log.write("INFO", f"Deleted table {gone} from database {database}")
                case "DEPRECATE_IN_DATABASE":
                    glue.update_table(DatabaseName=database, TableInput=_deprecated(there[gone]))
                    outcome.updated.append(gone)
                    log.write("INFO", f"Table {gone} was not found and is marked as deprecated")
                case _:
                    log.write("INFO", f"Table {gone} was not found and is left as it is")


class _Log:
    """The crawler's stream, which all of its crawls write to, each line marked with its crawl."""

    def __init__(self, client: Any, group: str, stream: str, prefix: str) -> None:
        self._client, self._group, self._stream, self._prefix = client, group, stream, prefix
        try:
            client.create_log_stream(logGroupName=group, logStreamName=stream)
        except client.exceptions.ResourceAlreadyExistsException:
            pass
        except client.exceptions.ResourceNotFoundException:
            client.create_log_group(logGroupName=group)
            client.create_log_stream(logGroupName=group, logStreamName=stream)

    def write(self, level: str, text: str) -> None:
        event = {"timestamp": int(time.time() * 1000), "message": f"[{self._prefix}] {level} : {text}"}
        self._client.put_log_events(logGroupName=self._group, logStreamName=self._stream, logEvents=[event])


def _write_partitions(glue: Any, database: str, table: FoundTable, made: Json) -> None:
    pages = glue.get_paginator("get_partitions").paginate(DatabaseName=database, TableName=made["Name"])
    there = {tuple(partition["Values"]) for page in pages for partition in page["Partitions"]}
    new = [one for one in partition_inputs(table, made) if tuple(one["Values"]) not in there]
    for start in range(0, len(new), PARTITIONS_A_CALL):
        batch = new[start : start + PARTITIONS_A_CALL]
        answer = glue.batch_create_partition(DatabaseName=database, TableName=made["Name"], PartitionInputList=batch)
        if answer.get("Errors"):
            raise CrawlFailed(f"partitions of {made['Name']} could not be made: {answer['Errors'][0]}")


def _same(before: Json, made: Json) -> bool:
    return all(
        _kept(before.get(field), made[field]) for field in ("StorageDescriptor", "PartitionKeys", "Parameters") if made[field] is not None
    )


def _kept(before: Any, made: Any) -> bool:
    """Whether all that is said is there already; the catalog may say more."""
    if isinstance(made, dict) and isinstance(before, dict):
        return all(_kept(before.get(name), value) for name, value in made.items())
    return bool(before == made or (not before and not made))


def _deprecated(table: Json) -> Json:
    kept = ("Name", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "TableType")
    noted = {**table.get("Parameters", {}), "DEPRECATED_BY_CRAWLER": str(int(time.time() * 1000))}
    return {**{field: table[field] for field in kept if field in table}, "Parameters": noted}
