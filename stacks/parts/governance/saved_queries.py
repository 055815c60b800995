"""Queries that Athena keeps by name in the workgroups of personas."""

from collections.abc import Mapping, Sequence

from aws_cdk.aws_athena import CfnNamedQuery, CfnWorkGroup
from constructs import Construct

from medallion.manifest.compiler.saved_queries import SavedQuery
from medallion.manifest.names import Names
from stacks.parts.logical_id import construct_id


class SavedQueries(Construct):
    """One named query for each persona that a query is for: Athena keeps them by workgroup."""

    def __init__(
        self, scope: Construct, id: str, *, names: Names, queries: Sequence[SavedQuery], workgroups: Mapping[str, CfnWorkGroup]
    ) -> None:
        """Save them.

        Args:
            scope: A stack.
            id: In this scope.
            names: The account's.
            queries: The lake's.
            workgroups: Those of personas, by persona.
        """
        super().__init__(scope, id)
        for query in queries:
            for persona in query.personas:
                logical_id = f"{construct_id(query.key)}Of{construct_id(persona)}"
                saved = CfnNamedQuery(
                    self,
                    logical_id,
                    name=query.name,
                    description=query.description,
                    database=names.database(query.database),
                    query_string=query.sql,
                    work_group=names.persona(persona),
                )
                saved.override_logical_id(logical_id)
                saved.add_resource_dependency(workgroups[persona])
