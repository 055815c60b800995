"""RDS: each instance is a Postgres 18 server of its own on 127.0.0.1."""

from local.emulator.process import Emulator
from local.service import Service
from local.services.rds.instances import DatabaseInstances

REFUSED = (
    "CreateDBInstance",
    "DeleteDBInstance",
    "ModifyDBInstance",
    "StartDBInstance",
    "StopDBInstance",
    "RebootDBInstance",
    "CreateDBCluster",
    "CreateDBInstanceReadReplica",
    "RestoreDBInstanceFromDBSnapshot",
    "RestoreDBInstanceToPointInTime",
)
READ_ONLY = "the laptop makes and changes databases through CloudFormation only; deploy a stack with AWS::RDS::DBInstance"


def install(emulator: Emulator) -> None:
    """Puts a real server behind each instance."""
    instances = DatabaseInstances(emulator)
    emulator.cloudformation.correct_type("AWS::RDS::DBInstance", instances, before_delete=instances.delete)
    emulator.operations.refuse("rds", REFUSED, READ_ONLY)
    emulator.at_start(instances.start_all)
    emulator.at_stop(instances.stop_all)


SERVICE = Service(
    name="RDS",
    truth="real",
    sentence="Each instance is a Postgres 18 server on 127.0.0.1 with password authentication; its class, storage, backups, TLS and IAM authentication are recorded only.",
    types=("AWS::RDS::DBInstance",),
    operations=REFUSED,
    process="postgres",
    install=install,
)
