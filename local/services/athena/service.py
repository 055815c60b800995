"""Athena: queries run on DuckDB, over the Iceberg tables of the Glue catalog; workgroups stay the emulator's."""

from local.emulator.process import Emulator
from local.service import Service
from local.services.athena.named_queries import NamedQuery


def install(emulator: Emulator) -> None:
    """Answers in the emulator's place whatever has to do with queries and the catalog, and adds what templates need."""
    # The command prints the services without DuckDB, so that it starts at once.
    from local.services.athena.api import answer_queries

    answer_queries(emulator)
    emulator.cloudformation.register_type("AWS::Athena::NamedQuery", NamedQuery(emulator), tags=None)


SERVICE = Service(
    name="Athena",
    truth="emulated",
    sentence="Workgroups and named queries are the emulator's; queries run on DuckDB over the Iceberg tables, and SQL that DuckDB can't run the same way is refused by name.",
    types=("AWS::Athena::NamedQuery",),
    install=install,
)
