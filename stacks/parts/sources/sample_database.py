"""A small Postgres that plays a source."""

from aws_cdk import RemovalPolicy
from aws_cdk.aws_ec2 import CfnSecurityGroup
from aws_cdk.aws_kms import IKey
from aws_cdk.aws_rds import CfnDBInstance, CfnDBParameterGroup, CfnDBSubnetGroup
from aws_cdk.aws_secretsmanager import CfnSecretTargetAttachment, Secret, SecretStringGenerator
from constructs import Construct

from stacks.parts.logical_id import pin
from stacks.parts.suppression import accept

DATABASE = "sample"
USER = "lake"
PORT = 5432


class SampleDatabase(Construct):
    """One RDS instance in private subnets, and a generated secret that says how to reach it.

    Logical ids begin with the construct's id.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        identifier: str,
        secret_name: str,
        vpc_id: str,
        subnet_ids: list[str],
        client_security_group_id: str,
        key: IKey,
        tls: bool,
        protected: bool,
        removal: RemovalPolicy,
    ) -> None:
        """Make database and secret.

        Args:
            scope: A stack.
            id: Begins the logical ids.
            identifier: The instance's name.
            secret_name: The secret's name; its value has `host`, `port`, `dbname`, `username` and `password`.
            vpc_id: Where it lives.
            subnet_ids: Private subnets in two zones or more.
            client_security_group_id: Who may connect.
            key: Encrypts storage and secret.
            tls: Whether it refuses connections that are not encrypted.
            protected: Whether it refuses to be deleted.
            removal: Whether it outlives its stack.
        """
        super().__init__(scope, id)
        secret = Secret(
            self,
            f"{id}Secret",
            secret_name=secret_name,
            description=f"How to reach the demo source {identifier}",
            encryption_key=key,
            generate_secret_string=SecretStringGenerator(
                secret_string_template=f'{{"username": "{USER}", "dbname": "{DATABASE}"}}',
                generate_string_key="password",
                exclude_punctuation=True,
                password_length=32,
            ),
            removal_policy=removal,
        )
        pin(secret, f"{id}Secret")
        accept(
            secret,
            "AwsSolutions-SMG4",
            reason="A demo source with public sample data; a real source's secret is its owner's, who rotates it",
        )
        access = CfnSecurityGroup(
            self,
            f"{id}SecurityGroup",
            vpc_id=vpc_id,
            group_description="Glue jobs reach the demo source",
            security_group_ingress=[
                CfnSecurityGroup.IngressProperty(
                    ip_protocol="tcp",
                    from_port=PORT,
                    to_port=PORT,
                    source_security_group_id=client_security_group_id,
                    description="Glue jobs",
                )
            ],
            # CloudFormation opens every way out unless one is named; a database calls nobody.
            security_group_egress=[
                CfnSecurityGroup.EgressProperty(ip_protocol="icmp", from_port=252, to_port=86, cidr_ip="255.255.255.255/32")
            ],
        )
        subnets = CfnDBSubnetGroup(
            self, f"{id}Subnets", db_subnet_group_description="Private subnets of the demo source", subnet_ids=subnet_ids
        )
        parameters = CfnDBParameterGroup(
            self,
            f"{id}Parameters",
            family="postgres18",
            description="Whether TLS is demanded",
            parameters={"rds.force_ssl": "1" if tls else "0"},
        )
        database = CfnDBInstance(
            self,
            f"{id}Database",
            db_instance_identifier=identifier,
            engine="postgres",
            engine_version="18",
            db_instance_class="db.t4g.micro",
            allocated_storage="20",
            storage_type="gp3",
            storage_encrypted=True,
            kms_key_id=key.key_arn,
            db_name=DATABASE,
            port=str(PORT),
            master_username=secret.secret_value_from_json("username").unsafe_unwrap(),
            # A dynamic reference: the template holds where the password is, not the password.
            master_user_password=secret.secret_value_from_json("password").unsafe_unwrap(),
            db_subnet_group_name=subnets.ref,
            db_parameter_group_name=parameters.ref,
            vpc_security_groups=[access.attr_group_id],
            publicly_accessible=False,
            multi_az=False,
            enable_iam_database_authentication=True,
            backup_retention_period=1,
            copy_tags_to_snapshot=True,
            auto_minor_version_upgrade=True,
            deletion_protection=protected,
        )
        database.apply_removal_policy(removal)
        for resource in (access, subnets, parameters, database):
            resource.override_logical_id(resource.node.id)
        CfnSecretTargetAttachment(
            self, f"{id}Address", secret_id=secret.secret_arn, target_id=database.ref, target_type="AWS::RDS::DBInstance"
        ).override_logical_id(f"{id}Address")

        accept(
            database, "AwsSolutions-RDS3", reason="A demo source whose sample data can be loaded again; a standby would double its price"
        )
        accept(
            database, "AwsSolutions-RDS11", reason="The port is reached by the jobs' security group only, and hiding it protects nothing"
        )
        if not protected:
            accept(database, "AwsSolutions-RDS10", reason="The environment is configured to be destroyed, its demo sources with it")
