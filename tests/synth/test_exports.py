"""DynamoDB sources: demo tables that can be exported, and a job that may have just its source's tables exported."""

from tests.synth.assembly import Synthesize, as_list, plain


def test_a_demo_table_has_the_contract_s_key_and_can_be_exported(synthesize: Synthesize) -> None:
    assembly = synthesize("full")
    ((where, table),) = assembly.resources("AWS::DynamoDB::Table").items()
    properties = table["Properties"]
    assert where == "sample-sources.CrmPeopleTable"
    assert properties["TableName"] == assembly.environment.names.demo_table_prefix("crm") + "people"
    assert [part["AttributeName"] for part in properties["KeySchema"]] == ["id", "number"]
    assert [part["AttributeType"] for part in properties["AttributeDefinitions"]] == ["S", "N"]
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert (properties["SSESpecification"]["SSEEnabled"], properties["SSESpecification"]["SSEType"]) == (True, "KMS")


def test_a_job_may_have_its_own_tables_exported_and_nothing_else(synthesize: Synthesize) -> None:
    assembly = synthesize("full")
    names = assembly.environment.names
    for source, prefix in (("crm", names.demo_table_prefix("crm")), ("loyalty", "live-loyalty.")):
        table = f"arn:<AWS::Partition>:dynamodb:{names.region}:{names.account}:table/{prefix}people"
        granted = {
            action: [plain(resource) for resource in as_list(statement["Resource"])]
            for where, statement in assembly.statements()
            if where.startswith(f"ingestion.{source.capitalize()}Ingest")
            for action in as_list(statement["Action"])
            if action.startswith("dynamodb:") or statement.get("Sid") == "ExportFiles"
        }
        files = [f"arn:<AWS::Partition>:s3:::{names.bucket('bronze')}/exports/{source}__*"]
        assert granted == {
            "dynamodb:DescribeContinuousBackups": [table],
            "dynamodb:ExportTableToPointInTime": [table],
            "dynamodb:DescribeExport": [f"{table}/export/*"],
            "s3:AbortMultipartUpload": files,
            "s3:GetObject": files,
            "s3:PutObject": files,
            "s3:PutObjectAcl": files,
        }
        (job,) = [
            job["Properties"]["DefaultArguments"]
            for job in assembly.resources("AWS::Glue::Job").values()
            if job["Properties"]["Name"] == names.job("ingest", source)
        ]
        assert (job["--source"], job["--source_prefix"]) == (source, prefix)
