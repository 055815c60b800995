"""Secrets Manager: a secret's `Ref` is its ARN, and generated passwords keep to what the template asks."""

from local.emulator.process import Emulator
from local.service import Change, Provisioned, Service
from local.services.secretsmanager.generated import with_generated_value


def _arn_for_ref(change: Change) -> Provisioned:
    return Provisioned(change.attributes["Arn"], change.attributes)


def _name_of(physical_id: str) -> str:
    # The emulator knows secrets by name; an ARN ends with six random characters after a dash.
    return physical_id.partition(":secret:")[2][:-7] if physical_id.startswith("arn:") else physical_id


def install(emulator: Emulator) -> None:
    """Corrects secrets of templates."""
    emulator.cloudformation.correct_type("AWS::SecretsManager::Secret", _arn_for_ref, prepare=with_generated_value, own_id=_name_of)


SERVICE = Service(
    name="Secrets Manager",
    truth="emulated",
    sentence="Secrets are kept in plain text in the laptop's home and guarded by IAM; rotation does nothing.",
    types=("AWS::SecretsManager::Secret",),
    install=install,
)
