"""Every service of the laptop, in the order in which `lake status` and the docs print them."""

from local.service import Service
from local.services import recorded
from local.services.athena.service import SERVICE as ATHENA
from local.services.bucket_deployment.service import SERVICE as BUCKET_DEPLOYMENT
from local.services.dynamodb.service import SERVICE as DYNAMODB
from local.services.ec2.service import SERVICE as EC2
from local.services.glue.catalog.service import SERVICE as GLUE_CATALOG
from local.services.glue.crawlers.service import SERVICE as GLUE_CRAWLERS
from local.services.glue.jobs.service import SERVICE as GLUE_JOBS
from local.services.lakeformation.service import SERVICE as LAKE_FORMATION
from local.services.logs.service import SERVICE as LOGS
from local.services.model.service import SERVICE as MODEL
from local.services.mwaa.service import SERVICE as MWAA
from local.services.rds.service import SERVICE as RDS
from local.services.s3.service import SERVICE as S3
from local.services.secretsmanager.service import SERVICE as SECRETS_MANAGER

SERVICES: tuple[Service, ...] = (
    S3,
    GLUE_CATALOG,
    GLUE_JOBS,
    GLUE_CRAWLERS,
    LAKE_FORMATION,
    ATHENA,
    RDS,
    DYNAMODB,
    SECRETS_MANAGER,
    LOGS,
    EC2,
    BUCKET_DEPLOYMENT,
    MWAA,
    MODEL,
    *recorded.SERVICES,
)
