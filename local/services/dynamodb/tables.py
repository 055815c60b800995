"""The tables of templates."""

from local.emulator.process import Emulator
from local.service import Change, Provisioned


class TableProperties:
    """Puts what CloudFormation would drop of a table through the ordinary API."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def __call__(self, change: Change) -> Provisioned:
        client = self._emulator.client("dynamodb")
        if change.changed("PointInTimeRecoverySpecification"):
            wanted = change.new.get("PointInTimeRecoverySpecification", {})
            enabled = str(wanted.get("PointInTimeRecoveryEnabled", False)).lower() == "true"
            client.update_continuous_backups(
                TableName=change.physical_id, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": enabled}
            )
        if change.changed("SSESpecification"):
            encryption = change.new.get("SSESpecification", {})
            specification = {"Enabled": str(encryption.get("SSEEnabled", False)).lower() == "true"}
            specification |= {name: encryption[name] for name in ("SSEType", "KMSMasterKeyId") if name in encryption}
            client.update_table(TableName=change.physical_id, SSESpecification=specification)
        return Provisioned(change.physical_id, change.attributes)
