"""Glue crawlers: a crawl reads the database or the files under the deployed role, and writes the tables that it finds."""

from local.emulator.process import Emulator
from local.service import Handlers, Service
from local.services.glue.crawlers.api import GlueCrawlers, checked

HANDLERS: Handlers[GlueCrawlers] = {
    "CreateCrawler": GlueCrawlers.create,
    "UpdateCrawler": GlueCrawlers.update,
    "DeleteCrawler": GlueCrawlers.delete,
    "GetCrawler": GlueCrawlers.get,
    "GetCrawlers": GlueCrawlers.get_all,
    "ListCrawlers": GlueCrawlers.list,
    "BatchGetCrawlers": GlueCrawlers.batch_get,
    "StartCrawler": GlueCrawlers.start,
    "StopCrawler": GlueCrawlers.stop,
    "GetCrawlerMetrics": GlueCrawlers.metrics,
}
REFUSED = ("StartCrawlerSchedule", "StopCrawlerSchedule", "UpdateCrawlerSchedule")


def install(emulator: Emulator) -> None:
    """Answers the crawler part of the Glue API."""
    crawlers = GlueCrawlers(emulator)
    emulator.operations.answer("glue", HANDLERS, crawlers)
    emulator.operations.refuse("glue", REFUSED, "a laptop starts nothing by a schedule; use StartCrawler")
    emulator.cloudformation.correct_type("AWS::Glue::Crawler", crawlers.deployed, prepare=checked, before_delete=crawlers.undeployed)
    emulator.at_start(crawlers.end_interrupted)
    emulator.at_stop(crawlers.stop_all)


SERVICE = Service(
    name="Glue crawlers",
    truth="emulated",
    sentence="A crawl reads the real database or files under the crawler's role and writes tables named and typed as Glue's; it knows Postgres and JSON, groups files by CombineCompatibleSchemas only, and no schedule starts it.",
    types=("AWS::Glue::Crawler",),
    operations=(*HANDLERS, *REFUSED),
    install=install,
)
