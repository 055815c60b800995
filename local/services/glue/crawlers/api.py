"""The crawler part of the Glue API; the definitions are the emulator's own records."""

import statistics
import threading
import time

from local.emulator.process import Emulator
from local.service import Change, Context, Json, Provisioned, ServiceError
from local.services.glue.crawlers.crawl import Crawl, Outcome

# Glue has more kinds of targets; a crawl of them would find nothing here.
TARGETS = ("JdbcTargets", "S3Targets")
RUNTIMES_KEPT = 20
# What is kept of a crawler beside its answer.
_OWN = ("Tags", "Runtimes", "Counts", "LakeFormationConfiguration")


class GlueCrawlers:
    """The crawler part of the Glue API; the definitions are the emulator's own records."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._crawls: dict[str, Crawl] = {}
        self._lock = threading.Lock()

    def end_interrupted(self) -> None:
        """Ends the crawls that a laptop left behind which was not taken down."""
        for name in self._emulator.records.glue_crawler_names():
            record = self._record(name)
            if record["State"] != "READY":
                record["State"] = "READY"
                told = "the laptop stopped while the crawl was under way; start it again"
                record["LastCrawl"] = {**(record.get("LastCrawl") or {}), "Status": "FAILED", "ErrorMessage": told}

    def stop_all(self) -> None:
        """Ends all crawls."""
        with self._lock:
            crawls = list(self._crawls.values())
        for crawl in crawls:
            crawl.stop(wait=True)

    def create(self, request: Json, context: Context) -> Json:
        """CreateCrawler."""
        _check(request)
        return context.proceed(request)

    def update(self, request: Json, context: Context) -> Json:
        """UpdateCrawler; refused while it crawls."""
        record = self._idle(request["Name"])
        _check({"Targets": record["Targets"], **request})
        return context.proceed(request)

    def delete(self, request: Json, context: Context) -> Json:
        """DeleteCrawler; refused while it crawls. The tables that it found stay."""
        self._idle(request["Name"])
        return context.proceed(request)

    def get(self, request: Json, context: Context) -> Json:
        """GetCrawler."""
        return {"Crawler": self._shown(request["Name"])}

    def get_all(self, request: Json, context: Context) -> Json:
        """GetCrawlers, all on one page."""
        return {"Crawlers": [self._shown(name) for name in sorted(self._emulator.records.glue_crawler_names())]}

    def list(self, request: Json, context: Context) -> Json:
        """ListCrawlers, all on one page."""
        return {"CrawlerNames": sorted(self._emulator.records.glue_crawler_names())}

    def batch_get(self, request: Json, context: Context) -> Json:
        """BatchGetCrawlers."""
        known, names = set(self._emulator.records.glue_crawler_names()), request["CrawlerNames"]
        return {
            "Crawlers": [self._shown(name) for name in names if name in known],
            "CrawlersNotFound": [name for name in names if name not in known],
        }

    def start(self, request: Json, context: Context) -> Json:
        """StartCrawler."""
        name = request["Name"]
        with self._lock:
            record = self._idle(name)
            crawl = Crawl(self._emulator, dict(record), self._ended)
            record["State"] = "RUNNING"
            self._crawls[name] = crawl
        crawl.start()
        return {}

    def stop(self, request: Json, context: Context) -> Json:
        """StopCrawler."""
        name = request["Name"]
        with self._lock:
            record = self._record(name)
            if record["State"] == "STOPPING":
                raise ServiceError("CrawlerStoppingException", f"Crawler {name} is stopping")
            crawl = self._crawls.get(name)
            if crawl is None:
                raise ServiceError("CrawlerNotRunningException", f"Crawler {name} is not running")
            record["State"] = "STOPPING"
        crawl.stop()
        return {}

    def metrics(self, request: Json, context: Context) -> Json:
        """GetCrawlerMetrics, all on one page; how long a crawl will last is not estimated."""
        known = self._emulator.records.glue_crawler_names()
        wanted = request.get("CrawlerNameList") or sorted(known)
        return {"CrawlerMetricsList": [self._measured(name) for name in wanted if name in known]}

    def deployed(self, change: Change) -> Provisioned:
        """A crawler of a template."""
        _check(change.new)
        return Provisioned(change.physical_id, change.attributes)

    def undeployed(self, physical_id: str, properties: Json) -> None:
        """A crawler that leaves its template."""
        with self._lock:
            crawl = self._crawls.get(physical_id)
        if crawl is not None:
            crawl.stop(wait=True)

    def _ended(self, crawl: Crawl, outcome: Outcome) -> None:
        name = next(name for name, one in self._crawls.items() if one is crawl)
        record = self._emulator.records.glue_crawler(name)
        seconds = time.time() - crawl.started
        with self._lock:
            self._crawls.pop(name)
            if record is None:
                return
            record["LastCrawl"] = {
                "Status": outcome.status,
                "LogGroup": crawl.log_group,
                "LogStream": name,
                "MessagePrefix": crawl.prefix,
                "StartTime": crawl.started,
                **({"ErrorMessage": outcome.error} if outcome.error else {}),
            }
            record["CrawlElapsedTime"] = 0
            record["Counts"] = outcome.counts()
            record["Runtimes"] = [*record.get("Runtimes", ()), seconds][-RUNTIMES_KEPT:]
            record["State"] = "READY"

    def _record(self, name: str) -> Json:
        record = self._emulator.records.glue_crawler(name)
        if record is None:
            raise ServiceError("EntityNotFoundException", f"Crawler entry with name {name} does not exist")
        return record

    def _idle(self, name: str) -> Json:
        record = self._record(name)
        if record["State"] != "READY":
            raise ServiceError("CrawlerRunningException", f"Crawler with name {name} has already started")
        return record

    def _shown(self, name: str) -> Json:
        record = self._record(name)
        shown = {field: value for field, value in record.items() if field not in _OWN and value not in (None, "", {}, [])}
        crawl = self._crawls.get(name)
        if crawl is not None:
            shown["CrawlElapsedTime"] = int((time.time() - crawl.started) * 1000)
        if "Schedule" in shown:
            # It is kept, and nothing on a laptop goes by it.
            shown["Schedule"] = {**shown["Schedule"], "State": "NOT_SCHEDULED"}
        return shown

    def _measured(self, name: str) -> Json:
        record = self._record(name)
        runtimes, counts = record.get("Runtimes", []), record.get("Counts", {})
        return {
            "CrawlerName": name,
            "TimeLeftSeconds": 0.0,
            "StillEstimating": name in self._crawls,
            "LastRuntimeSeconds": runtimes[-1] if runtimes else 0.0,
            "MedianRuntimeSeconds": statistics.median(runtimes) if runtimes else 0.0,
            "TablesCreated": counts.get("created", 0),
            "TablesUpdated": counts.get("updated", 0),
            "TablesDeleted": counts.get("deleted", 0),
        }


def _check(crawler: Json) -> None:
    """That a crawler looks at something that the laptop has."""
    targets = {kind: given for kind, given in crawler.get("Targets", {}).items() if given}
    if not targets:
        raise ServiceError("InvalidInputException", "Targets: at least one target is needed")
    if unknown := sorted(set(targets) - set(TARGETS)):
        raise ServiceError("InvalidInputException", f"Targets: the laptop crawls {' and '.join(TARGETS)}, not {', '.join(unknown)}")
    if not crawler.get("DatabaseName", "-"):
        raise ServiceError("InvalidInputException", "DatabaseName: is missing")


def checked(properties: Json) -> Json:
    """The properties of a crawler of a template, before the emulator makes it."""
    _check(properties)
    return properties
