"""Lake Formation: grants, tags and filters over the Glue catalog, which Glue's API and Athena go by."""

from local.emulator.process import Emulator
from local.service import Change, Provisioned, Service

TYPES = tuple(
    f"AWS::LakeFormation::{name}"
    for name in ("DataLakeSettings", "Resource", "Tag", "TagAssociation", "PrincipalPermissions", "DataCellsFilter")
)
OPERATIONS = tuple(
    "GetDataLakeSettings PutDataLakeSettings RegisterResource UpdateResource DeregisterResource DescribeResource ListResources CreateLFTag "
    "UpdateLFTag DeleteLFTag GetLFTag ListLFTags AddLFTagsToResource RemoveLFTagsFromResource GetResourceLFTags SearchTablesByLFTags "
    "GrantPermissions RevokePermissions BatchGrantPermissions BatchRevokePermissions ListPermissions GetEffectivePermissionsForPath "
    "CreateDataCellsFilter UpdateDataCellsFilter GetDataCellsFilter DeleteDataCellsFilter ListDataCellsFilter".split()
)


def install(emulator: Emulator) -> None:
    """Answers Lake Formation's API, and stands before Glue's."""
    # The command prints the services without all of this, so that it starts at once.
    from local.services.lakeformation import types
    from local.services.lakeformation.api import Api
    from local.services.lakeformation.authority import Authority
    from local.services.lakeformation.catalog import Catalog
    from local.services.lakeformation.filters import Filters
    from local.services.lakeformation.glue import HANDLERS, GlueGuard
    from local.services.lakeformation.governing import Governing
    from local.services.lakeformation.grants import Grants
    from local.services.lakeformation.lake import DataLake
    from local.services.lakeformation.principals import Principals
    from local.services.lakeformation.settings import Settings
    from local.services.lakeformation.tags import Tags

    account, region = emulator.settings.account, emulator.settings.region
    lake, catalog = DataLake(account), Catalog(emulator.records)
    principals = Principals(account, emulator.records.role_arn)
    authority = Authority(lake, catalog, principals.is_root)

    def follow() -> None:
        lake.follow(catalog.entries())

    def passes_role(role: str) -> str | None:
        return emulator.iam.denial("iam:PassRole", region, role)

    parts = (lake, catalog, authority, principals.of)
    api = Api(account, Settings(lake, follow, passes_role), Tags(*parts), Grants(*parts), Filters(*parts), follow)
    governing = Governing(lake, catalog, principals, follow)
    guard = GlueGuard(lake, catalog, governing)

    def database_made(change: Change) -> Provisioned:
        guard.note_database(change.physical_id, change.new.get("DatabaseInput") or {})
        return Provisioned(change.physical_id, change.attributes)

    emulator.governance = governing
    emulator.keep_state("lakeformation", lake.saved, lake.load)
    emulator.operations.add_paths("lakeformation", api.answer)
    emulator.operations.guard("glue", HANDLERS, guard)
    emulator.operations.guard_iceberg(guard.allows_iceberg)
    emulator.cloudformation.correct_type("AWS::Glue::Database", database_made)
    provided = (
        types.DataLakeSettings,
        types.Location,
        types.Tag,
        types.TagAssociation,
        types.PrincipalPermissions,
        types.DataCellsFilter,
    )
    for name, provider in zip(TYPES, provided, strict=True):
        emulator.cloudformation.register_type(name, provider(emulator), tags=None)


SERVICE = Service(
    name="Lake Formation",
    truth="emulated",
    sentence=(
        "Tags, filters and grants decide in Glue's API and in Athena what a role sees; the laptop's own root key is an administrator and is "
        "not governed; Glue jobs read S3 by IAM; accounts, Identity Center, hybrid access and external engines are refused."
    ),
    types=("AWS::Glue::Database", *TYPES),
    operations=OPERATIONS,
    install=install,
)
