"""The LF-tags of a lake, and those that its databases carry from the day that they are made."""

from collections.abc import Mapping, Sequence

from aws_cdk.aws_lakeformation import CfnTag, CfnTagAssociation
from constructs import Construct

from medallion.manifest.access.permissions import Tag
from medallion.manifest.names import Names
from stacks.parts.governance.chain import Chain


class Tags(Construct):
    """LF-tags on databases; tables and columns get theirs from a job, as they come later."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        names: Names,
        values: Mapping[str, Sequence[str]],
        on_databases: Mapping[str, Sequence[Tag]],
        chain: Chain,
    ) -> None:
        """Make tags and put them on databases.

        Args:
            scope: A stack.
            id: In this scope.
            names: The account's.
            values: The tags, and the values that each may have.
            on_databases: What each database carries.
            chain: What they are added to.
        """
        super().__init__(scope, id)
        for key, possible in values.items():
            tag_resource = CfnTag(self, f"{_words(key, names)}Tag", catalog_id=names.account, tag_key=key, tag_values=list(possible))
            tag_resource.override_logical_id(f"{_words(key, names)}Tag")
            chain.add(tag_resource)
        for database, tags in on_databases.items():
            # One for each tag: a change of one would otherwise take all off the database, and put them on again.
            for tag in tags:
                association = CfnTagAssociation(
                    self,
                    f"{_words(database, names)}{_words(tag.key, names)}",
                    lf_tags=[CfnTagAssociation.LFTagPairProperty(catalog_id=names.account, tag_key=tag.key, tag_values=[tag.value])],
                    resource=CfnTagAssociation.ResourceProperty(
                        database=CfnTagAssociation.DatabaseResourceProperty(catalog_id=names.account, name=database)
                    ),
                )
                association.override_logical_id(f"{_words(database, names)}{_words(tag.key, names)}")
                chain.add(association)


def _words(name: str, names: Names) -> str:
    """What comes after the prefix, as an id: `RowsAnalyst` of `dev-rows-analyst`."""
    own = name.replace("_", "-").removeprefix(f"{names.dashed}-")
    return "".join(part.capitalize() for part in own.split("-"))
