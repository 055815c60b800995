"""What all Glue jobs of an environment share."""

from dataclasses import dataclass

from constructs import Construct

from medallion.manifest.environment import Environment, Workers
from medallion.manifest.names import Database, Names
from stacks.parts import exchange
from stacks.parts.delivery.release_files import ReleaseFiles
from stacks.parts.storage.layer_tables import LayerTables


@dataclass(frozen=True)
class JobPlatform:
    """What a job runs, how large it is, and what there is to be granted to it.

    Attributes:
        names: What things are called.
        release: The release that jobs run.
        workers: Size, time limit and retries.
        concurrent_runs: How many runs of a job there may be at a time.
        files: The release that jobs run.
        data_key_arn: The key of the layers' buckets.
    """

    names: Names
    release: str
    workers: Workers
    concurrent_runs: int
    files: ReleaseFiles
    data_key_arn: str

    @classmethod
    def read(cls, scope: Construct, *, environment: Environment, release: str, products: int) -> "JobPlatform":
        """The platform as a stack sees it that did not make it.

        Args:
            scope: The stack.
            environment: Gives names and workers.
            release: The release that jobs run.
            products: How many products there are: each has a run of its own at a time.
        """
        names = environment.names
        return cls(
            names=names,
            release=release,
            workers=environment.workers,
            concurrent_runs=max(1, products),
            files=ReleaseFiles(release=release, names=names, key_arn=exchange.read(scope, exchange.ARTIFACTS_KEY, names=names)),
            data_key_arn=exchange.read(scope, exchange.DATA_KEY, names=names),
        )

    def tables(self, layer: Database, *, name_prefix: str = "") -> LayerTables:
        """The tables of a layer, or those whose names begin so."""
        return LayerTables(layer=layer, names=self.names, key_arn=self.data_key_arn, name_prefix=name_prefix)

    def inputs(self, layer: Database, *tables: str) -> LayerTables:
        """Tables of a layer that a job reads beside those of the same layer that it writes."""
        return LayerTables(layer=layer, names=self.names, key_arn=self.data_key_arn, tables=tables, purpose="Inputs")
