"""Athena: queries run on Trino, over the Iceberg tables of the Glue catalog; workgroups stay the emulator's."""

from local.emulator.process import Emulator
from local.service import Service
from local.services.athena.named_queries import NamedQuery


def install(emulator: Emulator) -> None:
    """Answers in the emulator's place whatever has to do with queries and the catalog, and adds what templates need."""
    # The command prints the services without all of this, so that it starts at once.
    from local.services.athena.api import answer_queries

    answer_queries(emulator)
    emulator.cloudformation.register_type("AWS::Athena::NamedQuery", NamedQuery(emulator), tags=None)


SERVICE = Service(
    name="Athena",
    truth="emulated",
    sentence="Workgroups are the emulator's; queries run on Trino 476 over the Iceberg tables, within their caller's rights and what Lake Formation grants.",
    types=("AWS::Athena::NamedQuery",),
    install=install,
)
