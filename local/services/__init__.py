"""Every service of the laptop, one module each; the list that `lake status` and the docs print."""

from local.service import Service
from local.services import (
    athena_types,
    bucket_deployment,
    dynamodb,
    ec2,
    glue_catalog,
    glue_crawlers,
    glue_jobs,
    logs,
    mwaa,
    rds,
    recorded,
    s3,
    secretsmanager,
)

SERVICES: tuple[Service, ...] = (
    s3.SERVICE,
    glue_catalog.SERVICE,
    glue_jobs.SERVICE,
    glue_crawlers.SERVICE,
    athena_types.SERVICE,
    rds.SERVICE,
    dynamodb.SERVICE,
    secretsmanager.SERVICE,
    logs.SERVICE,
    ec2.SERVICE,
    bucket_deployment.SERVICE,
    mwaa.SERVICE,
    *recorded.SERVICES,
)
