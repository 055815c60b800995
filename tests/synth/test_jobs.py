"""Glue jobs: each has an end, a key, a log, and a script that is in the release."""

from typing import Any

from medallion.manifest.engines.postgres.settings import PostgresSource
from medallion.manifest.glue_version import GLUE
from tests.synth.assembly import Assembly, plain


def jobs(assembly: Assembly) -> dict[str, dict[str, Any]]:
    return {job["Properties"]["Name"]: job["Properties"] for job in assembly.resources("AWS::Glue::Job").values()}


def released_files(assembly: Assembly) -> set[str]:
    return {str(path.relative_to(folder)) for folder in assembly.directory.glob("asset.*") for path in folder.rglob("*") if path.is_file()}


def test_there_is_a_job_for_each_step_and_source(assembly: Assembly) -> None:
    names = assembly.environment.names
    sources = ({"dev", "stage", "prod", "local"} & {assembly.environment.name} and ["loyalty", "mail", "reader", "store"]) or sorted(
        assembly.environment.sources
    )
    expected = {
        names.job("apply-contracts"),
        *([names.job("apply-access")] if assembly.environment.governed else []),
        names.job("refine"),
        names.job("aggregate"),
        *(names.job("ingest", source) for source in sources),
    }
    assert set(jobs(assembly)) == expected


def test_a_job_has_an_end_a_key_and_a_log(assembly: Assembly) -> None:
    names, workers = assembly.environment.names, assembly.environment.workers
    configurations = {c["Properties"]["Name"]: c["Properties"] for c in assembly.resources("AWS::Glue::SecurityConfiguration").values()}
    groups = {group["Properties"]["LogGroupName"] for group in assembly.resources("AWS::Logs::LogGroup").values()}
    for name, job in jobs(assembly).items():
        assert job["Timeout"] == workers.timeout_minutes, name
        assert (job["WorkerType"], job["NumberOfWorkers"], job["MaxRetries"]) == (workers.type, workers.maximum, workers.retries), name
        encryption = configurations[job["SecurityConfiguration"]]["EncryptionConfiguration"]
        assert encryption["CloudWatchEncryption"]["CloudWatchEncryptionMode"] == "SSE-KMS"
        assert encryption["JobBookmarksEncryption"]["JobBookmarksEncryptionMode"] == "CSE-KMS"
        assert [rule["S3EncryptionMode"] for rule in encryption["S3Encryptions"]] == ["SSE-KMS"]
        arguments = job["DefaultArguments"]
        assert "--continuous-log-logGroup" not in arguments
        prefix = arguments["--custom-logGroup-prefix"]
        # Where the DAG and the command read.
        assert f"{prefix}/output" == names.job_output_group
        assert {group for group in groups if "/jobs" in group} == {f"{prefix}/output", f"{prefix}/error"}


def test_a_job_runs_glue_6_scaled_by_itself_with_iceberg_and_no_internet(assembly: Assembly) -> None:
    for name, job in jobs(assembly).items():
        assert job["GlueVersion"] == GLUE.number, name
        arguments = job["DefaultArguments"]
        assert arguments["--enable-auto-scaling"] == "true"
        assert arguments["--datalake-formats"] == "iceberg"
        assert arguments["--python-modules-installer-option"] == "--no-index"
        assert arguments["--additional-python-modules"].split(",")[0].endswith("/medallion.gluewheels.zip")


def test_a_job_s_script_and_wheels_are_in_the_deployed_release(assembly: Assembly) -> None:
    (release,) = [p for p in assembly.resources("AWS::SSM::Parameter").values() if p["Properties"]["Name"].endswith("/transform/release")]
    root = f"s3://{assembly.environment.names.bucket('artifacts')}/releases/{release['Properties']['Value']}/"
    files = released_files(assembly)
    assert "manifest.json" in files
    for name, job in jobs(assembly).items():
        script = plain(job["Command"]["ScriptLocation"])
        assert script.startswith(root), name
        assert script.removeprefix(root) in files, name
        assert job["DefaultArguments"]["--deployed_release"] == release["Properties"]["Value"], name
        for archive in job["DefaultArguments"]["--additional-python-modules"].split(","):
            assert archive.removeprefix(root) in files, name
    (copy,) = [copy for where, copy in assembly.resources("Custom::CDKBucketDeployment").items() if where.startswith("ingestion.")]
    assert f"s3://{copy['Properties']['DestinationBucketName']}/{copy['Properties']['DestinationBucketKeyPrefix']}/" == root
    # Runs that began with an earlier release still need it.
    assert copy["Properties"]["Prune"] is False
    assert copy["Properties"]["RetainOnDelete"] is True


def test_a_job_runs_under_a_role_of_its_own(assembly: Assembly) -> None:
    roles = {where: role["Properties"].get("RoleName") for where, role in assembly.resources("AWS::IAM::Role").items()}
    for where, job in assembly.resources("AWS::Glue::Job").items():
        stack = where.partition(".")[0]
        assert roles[f"{stack}.{job['Properties']['Role']['Fn::GetAtt'][0]}"] == job["Properties"]["Name"]


def test_an_ingest_job_knows_its_source(assembly: Assembly) -> None:
    for job in jobs(assembly).values():
        arguments = job["DefaultArguments"]
        assert arguments["--prefix"] == assembly.environment.prefix
        if "--source" not in arguments:
            assert "Connections" not in job
            continue
        settings = assembly.environment.sources[arguments["--source"]]
        if not isinstance(settings, PostgresSource):
            assert "Connections" not in job
            continue
        assert arguments["--secret"] == (settings.secret or assembly.environment.names.secret(arguments["--source"]))
        assert arguments["--source_prefix"] == settings.prefix
        assert arguments["--tls"] == str(settings.tls).lower()
        (connection,) = [
            connection["Properties"]["ConnectionInput"]
            for connection in assembly.resources("AWS::Glue::Connection").values()
            if connection["Properties"]["ConnectionInput"]["Name"] in job["Connections"]["Connections"]
        ]
        assert connection["ConnectionProperties"]["JDBC_ENFORCE_SSL"] == arguments["--tls"]


def test_queries_are_limited_and_encrypted(assembly: Assembly) -> None:
    names = assembly.environment.names
    groups = {group["Properties"]["Name"]: group["Properties"] for group in assembly.resources("AWS::Athena::WorkGroup").values()}
    for settings in (group["WorkGroupConfiguration"] for group in groups.values()):
        assert settings["EnforceWorkGroupConfiguration"] is True
        assert settings["ResultConfiguration"]["EncryptionConfiguration"]["EncryptionOption"] == "SSE_KMS"
    settings = groups[names.workgroup()]["WorkGroupConfiguration"]
    assert settings["BytesScannedCutoffPerQuery"] == assembly.environment.scan_limit_bytes
    assert settings["ResultConfiguration"]["OutputLocation"] == f"s3://{names.bucket('athena-results')}/engineers/"
