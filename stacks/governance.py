"""The stack that says who sees what."""

from collections.abc import Sequence

from constructs import Construct

from medallion.manifest.access.granting import deployed_grants
from medallion.manifest.access.personas import scan_limit, settings_of
from medallion.manifest.access.tagging import database_tags, tag_values
from medallion.manifest.compiler.saved_queries import SavedQuery
from medallion.manifest.environment import Environment
from medallion.manifest.model import Manifest
from medallion.manifest.steps import OPEN_ACCESS
from stacks.parts.delivery.release import Release
from stacks.parts.environment_stack import EnvironmentStack
from stacks.parts.governance.access_job import AccessJob
from stacks.parts.governance.chain import Chain
from stacks.parts.governance.grants import Grants
from stacks.parts.governance.locations import Locations
from stacks.parts.governance.persona import PersonaAccess
from stacks.parts.governance.saved_queries import SavedQueries
from stacks.parts.governance.tags import Tags
from stacks.parts.jobs.platform import JobPlatform
from stacks.parts.logical_id import construct_id


class GovernanceStack(EnvironmentStack):
    """Registered locations, LF-tags, personas and their queries, what roles are granted, and the job that brings contracts to Lake Formation.

    It goes after all jobs and crawlers, whose roles it grants to, and before Airflow, whose DAGs start its job. Without it IAM alone decides
    who sees what: a lake with `lake_formation: off` has no personas, as IAM knows no columns.
    """

    def __init__(
        self, scope: Construct, *, environment: Environment, manifest: Manifest, release: Release, saved_queries: Sequence[SavedQuery]
    ) -> None:
        """Make the stack.

        Args:
            scope: The app.
            environment: Gives names, who may assume a persona, and scan limits.
            manifest: Gives personas, sources, and which tables show a persona some rows only.
            release: What the job runs.
            saved_queries: What personas find in their workgroups.
        """
        super().__init__(scope, "governance", environment=environment, description="Medallion governance: who sees what")
        names = environment.names
        platform = JobPlatform.read(self, environment=environment, release=release.release, products=len(manifest.products))
        locations = Locations(self, "Locations", names=names, key_arn=platform.data_key_arn)
        people = Construct(self, "Personas")
        personas = {
            persona.name: PersonaAccess(
                people,
                construct_id(persona.name),
                persona=persona,
                settings=settings_of(environment.personas, persona),
                scan_limit_bytes=scan_limit(environment, persona),
                names=names,
                key_arn=platform.data_key_arn,
                keep_history=environment.removal == "retain",
            )
            for persona in manifest.personas
        }
        workgroups = {name: access.workgroup for name, access in personas.items()}
        SavedQueries(self, "SavedQueries", names=names, queries=saved_queries, workgroups=workgroups)
        roles = {names.persona(name): access.role for name, access in personas.items()}
        roles[names.job(OPEN_ACCESS.job)] = AccessJob(self, "ApplyAccess", names=names, platform=platform).role

        chain = Chain()
        Tags(self, "Tags", names=names, values=tag_values(manifest, names), on_databases=database_tags(manifest, names), chain=chain)
        Grants(self, "Grants", names=names, grants=deployed_grants(environment, manifest), roles=roles, locations=locations, chain=chain)
