"""MWAA: each environment is a real Airflow on 127.0.0.1, made by CloudFormation and talked to by MWAA's API."""

from local.emulator.process import Emulator
from local.service import Service
from local.services.mwaa.api import Api
from local.services.mwaa.environments import Environments


def install(emulator: Emulator) -> None:
    """Puts a real Airflow behind each environment."""
    environments = Environments(emulator)
    api = Api(environments, emulator.settings)
    emulator.cloudformation.register_type("AWS::MWAA::Environment", environments, tags=None)
    emulator.operations.answer_paths("airflow", api.answer)
    emulator.iam.accept_resources("airflow", api.resources)
    emulator.at_start(environments.start_all)
    emulator.at_stop(environments.stop_all)


SERVICE = Service(
    name="MWAA",
    truth="real",
    sentence=(
        "Each environment is a real Airflow with the bucket's DAGs and the environment's options, requirements, plugins and startup script; "
        "its class, workers, network, logs in CloudWatch and metrics are recorded only, and its processes share one machine."
    ),
    types=("AWS::MWAA::Environment",),
    operations=("ListEnvironments", "GetEnvironment", "ListTagsForResource", "CreateCliToken", "CreateWebLoginToken", "InvokeRestApi"),
    process="airflow",
    install=install,
)
