"""Applying access: Lake Formation is told what the contracts of the deployed release say of each table and column."""

import json
import sys
from collections.abc import Sequence

from medallion.arguments import Phase, read_manifest
from medallion.govern.actions import Action
from medallion.govern.applying import apply, described
from medallion.govern.lake_formation import LakeFormation
from medallion.govern.planning import AccessPlan, access_plan
from medallion.govern.reading import read_state
from medallion.manifest.access.granting import named_grants
from medallion.manifest.access.permissions import State
from medallion.manifest.access.row_filters import filters
from medallion.manifest.access.tagging import table_tags, tag_values
from medallion.manifest.errors import Terminal
from medallion.manifest.model import Manifest
from medallion.manifest.names import CATALOG_LAYERS, Names
from medallion.ops.parameters import Parameters

TRIES = 3


def apply_access(names: Names, phase: Phase, release: str) -> None:
    """Brings tags, row filters and what is granted on them to what contracts say, and records the release where nothing is left to do.

    Which contracts, nobody who starts the job decides: they are those of the deployed release.

    Args:
        names: What things are called.
        phase: What to do.
        release: The release that the caller means.

    Raises:
        Terminal: Another release is deployed, or the job's role may not do something.
        Transient: AWS can't be reached, or others change the same all the time.
    """
    parameters = Parameters(names)
    deployed = parameters.get(names.parameter("transform", "release"))
    if deployed != release:
        raise Terminal(f"the run is of release {release}, and release {deployed} was deployed meanwhile: run again")
    manifest = read_manifest(f"s3://{names.bucket('artifacts')}/releases/{deployed}/manifest.json")
    lake_formation = LakeFormation(names)
    for action in converge(lake_formation, manifest, names, phase):
        sys.stdout.write(json.dumps(action) + "\n")
    # Tables that a release still has to make or change have no tags yet. And a job of the release before may have opened something late.
    if phase == "open" and parameters.get(names.applied_release) == release and not left_to_do(lake_formation, manifest, names, "tighten"):
        parameters.put(names.applied_access, release)


def converge(lake_formation: LakeFormation, manifest: Manifest, names: Names, phase: Phase) -> list[dict[str, str]]:
    """Does what is left to do, and tells it; another product's run may do the same just now, and be faster with a part of it."""
    done: list[dict[str, str]] = []
    before: Sequence[Action] = ()
    for attempt in range(TRIES):
        actions = left_to_do(lake_formation, manifest, names, phase)
        try:
            apply(lake_formation, actions)
        except Terminal:
            if attempt + 1 == TRIES or actions == before:
                raise
            before = actions
            continue
        done.extend(described(actions))
        break
    return done


def left_to_do(lake_formation: LakeFormation, manifest: Manifest, names: Names, phase: Phase) -> tuple[Action, ...]:
    """What a phase has to do now, in its order."""
    held = read_state(lake_formation, [names.catalog_database(layer) for layer in CATALOG_LAYERS])
    plan = planned(manifest, names, held)
    return plan.closing if phase == "tighten" else (*plan.closing, *plan.opening)


def planned(manifest: Manifest, names: Names, held: State) -> AccessPlan:
    """What has to be done for contracts, where the lake is as it is."""
    catalog = {(table.database, table.name): table.columns for table in held.tables}
    tagged = table_tags(manifest, names, catalog)
    wanted = State(
        table_tags={(table.database, table.table): table.tags for table in tagged},
        column_tags={(table.database, table.table, name): tags for table in tagged for name, tags in table.columns.items()},
        filters=tuple(each for some in filters(manifest, names, catalog).values() for each in some),
        grants=named_grants(manifest, names, catalog),
    )
    return access_plan(wanted, held, tag_values(manifest, names), f"{names.dashed}-")


__all__ = ["apply_access", "converge", "left_to_do", "planned"]
