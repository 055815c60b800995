"""CDK's BucketDeployment: its function needs a layer with the AWS CLI, so it is done here, under the function's own role."""

from local.emulator.process import Emulator
from local.service import Service
from local.services.bucket_deployment.deployment import BucketDeployment


def install(emulator: Emulator) -> None:
    """Answers the custom resource."""
    emulator.cloudformation.register_type("Custom::CDKBucketDeployment", BucketDeployment(emulator), tags=None)


SERVICE = Service(
    name="CDK BucketDeployment",
    truth="emulated",
    sentence="Files are copied by the emulator itself, under the role of the function that would do it on AWS.",
    types=("Custom::CDKBucketDeployment",),
    install=install,
)
