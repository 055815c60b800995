"""What a job is started with, as docs/interfaces.md lists it; the manifest is read from where the arguments say."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Literal, get_args
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from medallion.manifest.backfill import TimeRange, time_range
from medallion.manifest.errors import InvalidField, Terminal, Transient
from medallion.manifest.files import parse_manifest
from medallion.manifest.frozen import Frozen
from medallion.manifest.model import Manifest, Product
from medallion.manifest.names import Names
from medallion.manifest.schedule import affected

Action = Literal["accept", "undo", "replay"]
# `tighten` closes what contracts no longer open; `open` does that too, and opens what they open.
Phase = Literal["tighten", "open"]


class WrongArguments(Terminal):
    """A job was started with arguments that don't fit together."""


class Run(Frozen):
    """The run of a product that a job does its part of.

    Attributes:
        manifest: All contracts.
        release: Their release.
        names: What things are called here.
        run_id: The DAG run's id.
        product: The product.
        tables: The tables to do, by plain name; empty for all.
        action: What a person decided about one table, instead of the step's work; None for that.
        reason: Why, in that person's words.
        failed: Full names of the tables that an earlier step of the run left undone, and of all that are made from them.
        again: What is to be read again at the sources, instead of what is new; None for that.
    """

    manifest: Manifest
    release: str
    names: Names
    run_id: str
    product: Product
    tables: tuple[str, ...] = ()
    action: Action | None = None
    reason: str = ""
    failed: frozenset[str] = frozenset()
    again: TimeRange | None = None

    def wants(self, table: str) -> bool:
        """Whether a table is to be done."""
        return not self.tables or table in self.tables


def lake_parser(description: str | None) -> ArgumentParser:
    """A parser of what every job is given."""
    parser = ArgumentParser(description=description)
    for name in ("manifest", "release", "deployed_release", "prefix", "account", "region"):
        parser.add_argument(f"--{name}", required=True)
    return parser


def run_parser(description: str | None) -> ArgumentParser:
    """A parser of what every job of a product's run is given."""
    parser = lake_parser(description)
    parser.add_argument("--run_id", required=True)
    parser.add_argument("--product", required=True)
    parser.add_argument("--tables", default="")
    parser.add_argument("--action", choices=get_args(Action))
    parser.add_argument("--reason", default="")
    parser.add_argument("--failed", default="")
    return parser


def ingest_parser(description: str | None) -> ArgumentParser:
    """A parser of what every job is given that reads a source."""
    parser = run_parser(description)
    parser.add_argument("--source", required=True)
    parser.add_argument("--source_prefix", required=True)
    # `from` is a word of Python's own.
    parser.add_argument("--from", dest="again_from", default="")
    parser.add_argument("--to", dest="again_to", default="")
    return parser


class Given(Frozen):
    """The arguments of a job; those that it has no use for are None."""

    manifest: str
    release: str
    prefix: str
    account: str
    region: str
    run_id: str | None = None
    product: str | None = None
    tables: str = ""
    action: Action | None = None
    reason: str = ""
    failed: str = ""
    again_from: str = ""
    again_to: str = ""
    source: str | None = None
    secret: str | None = None
    source_prefix: str | None = None
    tls: bool = True
    key: str | None = None
    settings: str | None = None
    phase: Phase = "tighten"

    @property
    def names(self) -> Names:
        """What things are called here."""
        return Names(prefix=self.prefix, account=self.account, region=self.region)


def given(parser: ArgumentParser, arguments: Sequence[str]) -> Given:
    """The parsed arguments; unknown ones are ignored, as Glue adds its own.

    Raises:
        SystemExit: Arguments are missing, or this code is of another release than the manifest that it was to run.
    """
    known, _ = parser.parse_known_args(arguments)
    if known.release != known.deployed_release:
        raise SystemExit(f"the run is of release {known.release}, and release {known.deployed_release} was deployed meanwhile: run again")
    return Given(**{name: value for name, value in vars(known).items() if name in Given.model_fields})


def run_of(arguments: Given) -> Run:
    """The run that arguments name.

    Raises:
        WrongArguments: The manifest has no such product or table, or the range is none.
        Transient: The manifest can't be fetched now.
    """
    manifest = read_manifest(arguments.manifest)
    products = {product.name: product for product in manifest.products}
    if arguments.product not in products:
        raise WrongArguments(f"--product: {arguments.product!r} is not one of {', '.join(sorted(products))}")
    product = products[arguments.product]
    tables = tuple(name.strip() for name in arguments.tables.split(",") if name.strip())
    if unknown := sorted(set(tables) - {table.name for table in product.tables}):
        valid = ", ".join(sorted(table.name for table in product.tables))
        raise WrongArguments(f"--tables: {', '.join(unknown)}: not in product {product.name}, which has {valid}")
    if arguments.action is not None and len(tables) != 1:
        raise WrongArguments(f"--action {arguments.action}: --tables must name one table")
    if arguments.action == "accept" and not arguments.reason.strip():
        raise WrongArguments("--action accept: --reason must say why")
    try:
        again = time_range(arguments.again_from, arguments.again_to)
    except InvalidField as error:
        raise WrongArguments(str(error)) from error
    return Run(
        manifest=manifest,
        release=arguments.release,
        names=arguments.names,
        run_id=arguments.run_id or "",
        product=product,
        tables=tables,
        action=arguments.action,
        reason=arguments.reason.strip(),
        failed=affected(manifest, arguments.names, [name for name in arguments.failed.split(",") if name]),
        again=again,
    )


def read_manifest(uri: str) -> Manifest:
    """The manifest at an `s3://` address.

    Raises:
        WrongArguments: It is not there, or may not be read.
        Transient: S3 can't be reached.
    """
    address = urlsplit(uri)
    if address.scheme != "s3":
        raise WrongArguments(f"--manifest: {uri!r} is no s3:// address")
    try:
        body = boto3.client("s3").get_object(Bucket=address.netloc, Key=address.path.lstrip("/"))["Body"].read()
    except ClientError as error:
        raise WrongArguments(f"--manifest: {uri}: {error.response.get('Error', {}).get('Code', '')}; was this release deployed?") from error
    except BotoCoreError as error:
        raise Transient(f"--manifest: {uri}: S3 can't be reached: {type(error).__name__}") from error
    return parse_manifest(body)
