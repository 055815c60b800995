"""What a configuration may say, and what one is told who says something else."""

import json
import shutil
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from medallion.manifest.airflow import AirflowWorkers, Mwaa
from medallion.manifest.assuming import PersonaSettings
from medallion.manifest.configuration import check_sources, environment_names, load_environment
from medallion.manifest.engines.postgres.settings import PostgresSource
from medallion.manifest.engines.source import SourceNetwork
from medallion.manifest.environment import CreatedNetwork, Discovery, Environment, ExistingNetwork, Retention, Workers
from medallion.manifest.errors import Invalid
from medallion.manifest.model import BronzeTable, Column, Manifest, Product
from medallion.manifest.names import Purpose

FIXTURES = Path(__file__).parent / "configurations"


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    shutil.copytree(FIXTURES, tmp_path / "config")
    return tmp_path


def minimal(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((FIXTURES / "minimal.yaml").read_text())
    return document | changes


def problems(lake: Path, document: dict[str, Any] | str) -> list[str]:
    (lake / "config" / "dev.yaml").write_text(document if isinstance(document, str) else json.dumps(document))
    with pytest.raises(Invalid) as raised:
        load_environment(lake, "dev")
    lines = [str(problem) for problem in raised.value.problems]
    assert all("config/dev.yaml" in line for line in lines)
    return [line.partition("config/dev.yaml: ")[2] for line in lines]


def test_what_a_minimal_configuration_leaves_out_has_a_safe_default(lake: Path) -> None:
    environment = load_environment(lake, "minimal")
    assert environment == Environment(
        name="minimal",
        account="012345678901",
        region="eu-central-1",
        prefix="minimal",
        network=CreatedNetwork(mode="create"),
        sources={"shop": PostgresSource(engine="postgres", secret="shop/reader")},
    )
    assert (environment.orchestrator, environment.airflow) == ("none", None)
    assert environment.removal == "retain"
    assert environment.termination_protection
    assert isinstance(shop := environment.sources["shop"], PostgresSource)
    assert shop.tls


def test_a_full_configuration_is_taken_field_by_field(lake: Path) -> None:
    assert load_environment(lake, "full") == Environment(
        name="full",
        account="222222222222",
        region="us-gov-west-1",
        prefix="acme_lake",
        network=ExistingNetwork(
            mode="existing",
            vpc_id="vpc-0a1b2c3d",
            subnet_ids=("subnet-0a1b2c3d", "subnet-1a1b2c3d"),
            availability_zones=("us-gov-west-1a", "us-gov-west-1b"),
            security_group_id="sg-0a1b2c3d",
        ),
        retention=Retention(noncurrent_versions=60, athena_results=14, access_logs=400, logs=731, landing=60),
        workers=Workers(type="R.2X", maximum=20, timeout_minutes=240, retries=1),
        sources={
            "shop": PostgresSource(
                engine="postgres",
                secret="shop/reader",
                prefix="sales.",
                network=SourceNetwork(subnet_id="subnet-2a1b2c3d", availability_zone="us-gov-west-1c", security_group_ids=("sg-1a1b2c3d",)),
            )
        },
        discovery=Discovery(schedule="cron(0 4 * * ? *)"),
        scan_limit_bytes=50_000_000_000,
        permissions_boundary="arn:aws-us-gov:iam::222222222222:policy/boundary",
        bootstrap_qualifier="acme",
        alarm_address="lake@acme.example",
        lake_formation="adopt",
        personas={
            "analyst": PersonaSettings(
                assumed_by=("arn:aws-us-gov:iam::222222222222:root", "arn:aws-us-gov:iam::222222222222:role/acme/analyst"),
                saml="arn:aws-us-gov:iam::222222222222:saml-provider/acme",
                identity_center="Analyst",
                scan_limit_bytes=20_000_000,
            )
        },
        query_as="analyst",
        orchestrator=Mwaa(
            engine="mwaa",
            airflow_version="3.2.1",
            environment_class="mw1.large",
            workers=AirflowWorkers(minimum=2, maximum=9),
            schedulers=3,
            web_access="public",
            options={"medallion.poll_seconds": "30"},
            maintenance_window="SUN:03:30",
        ),
        tags={"team": "data"},
    )


def test_the_full_configuration_sets_every_field() -> None:
    document = yaml.safe_load((FIXTURES / "full.yaml").read_text())
    assert document.keys() == Environment.model_fields.keys() - {"name"}
    for model, part in (
        (ExistingNetwork, document["network"]),
        (Retention, document["retention"]),
        (Workers, document["workers"]),
        (Discovery, document["discovery"]),
        (PersonaSettings, document["personas"]["analyst"]),
        (Mwaa, document["orchestrator"]),
        (AirflowWorkers, document["orchestrator"]["workers"]),
        (PostgresSource, document["sources"]["shop"]),
        (SourceNetwork, document["sources"]["shop"]["network"]),
    ):
        assert part.keys() == model.model_fields.keys()


def test_an_environment_that_is_not_there_is_answered_with_those_that_are(lake: Path) -> None:
    with pytest.raises(Invalid, match=r"config: 'minimul' is not one of full, minimal; did you mean 'minimal'\?"):
        load_environment(lake, "minimul")
    assert environment_names(lake) == ("full", "minimal")


def test_a_lake_without_configuration_says_where_it_belongs(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"config: has no configuration; write dev\.yaml there"):
        load_environment(tmp_path, "dev")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"acount": "1"}, "acount: is not a field here; valid ones are account, alarm_address"),
        ({"acount": "1"}, "did you mean 'account'?"),
        (
            {"network": {"mode": "create", "zonez": 2}},
            "network.zonez: is not a field here; valid ones are cidr, endpoints, mode, nat, zones; did",
        ),
        (
            {"network": {"mode": "existing", "zones": 2}},
            "network.zones: is not a field here; valid ones are availability_zones, mode, security",
        ),
        ({"network": {"mode": "create", "zones": "2"}}, "network.zones: '2': input should be a valid integer"),
        ({"network": {"mode": "create", "zones": 9}}, "network.zones: 9: input should be less than or equal to 3"),
        ({"network": {"mode": "creat"}}, "network.mode: 'creat' is not one of create, existing; did you mean 'create'?"),
        ({"network": {"zones": 2}}, "network.mode: is missing; it says which of the forms is meant"),
        ({"network": "create"}, "network: 'create': must be `mode: create` or `mode: existing` and its fields"),
        ({"network": {"mode": "create", "endpoints": ["glue", "log"]}}, "network.endpoints[1]: 'log' is not one of airflow.api"),
        ({"network": {"mode": "create", "cidr": "10.0.0.0/8"}}, "network.cidr: '10.0.0.0/8': must be a range of /16 to /24"),
        (
            {
                "network": {
                    "mode": "existing",
                    "vpc_id": "vpc-1",
                    "subnet_ids": ["subnet-1", "subnet-2"],
                    "availability_zones": ["a"],
                    "security_group_id": "sg-1",
                }
            },
            "network: availability_zones needs one zone for each of subnet_ids",
        ),
        ({"account": 12345678901}, "account: 12345678901: must be a text of 12 digits in quotes"),
        ({"account": "123"}, "account: '123': must be a text of 12 digits in quotes"),
        ({"region": "Ireland"}, "region: 'Ireland': must be an AWS region, such as eu-west-1"),
        (
            {"network": {"mode": "create", "cidr": "10.0.0.9/16"}},
            "network.cidr: '10.0.0.9/16': is no network range: 10.0.0.9/16 has host bits",
        ),
        ({"network": {"mode": "create", "cidr": "10.300.0.0/16"}}, "network.cidr: '10.300.0.0/16': is no network range: "),
        ({"prefix": "My-Lake"}, "prefix: 'My-Lake': must be lower-case letters"),
        ({"prefix": "lake_"}, "prefix: 'lake_': must be lower-case letters, digits and single underscores"),
        ({"prefix": "my__lake"}, "prefix: 'my__lake': must be lower-case letters, digits and single underscores"),
        ({"prefix": "a" * 32}, f"prefix: '{'a' * 32}': must be lower-case letters"),
        (
            {"prefix": "a" * 23},
            f"prefix: '{'a' * 23}': must be at most 22 characters in eu-central-1: the bucket {'a' * 23}-athena-results-",
        ),
        ({"sources": {"a__b": {"engine": "postgres", "demo": True}}}, "sources.a__b: 'a__b': must be lower-case letters"),
        ({"sources": {"shop_": {"engine": "postgres", "demo": True}}}, "sources.shop_: 'shop_': must be lower-case letters"),
        ({"sources": {"my-shop": {"engine": "postgres", "demo": True}}}, "sources.my-shop: 'my-shop': must be lower-case letters"),
        (
            {"sources": {name: {"engine": "postgres", "demo": True} for name in ("shop_1", "shop1")}},
            "sources: 'shop_1' and 'shop1' differ by underscores only",
        ),
        (
            {
                "sources": {
                    "shop": {"engine": "postgres", "secret": "arn:aws:secretsmanager:eu-central-1:012345678901:secret:shop/reader-a1B2c3"}
                }
            },
            "is an ARN; give the secret's name, 'shop/reader'",
        ),
        ({"sources": {"shop": {"engine": "postgres", "secret": "shop reader"}}}, "sources.shop.secret: 'shop reader': "),
        (
            {"permissions_boundary": "arn:aws:iam::999999999999:policy/boundary"},
            "permissions_boundary: 'arn:aws:iam::999999999999:policy/boundary': is a policy of account 999999999999; a role's boundary is of its own, 0",
        ),
        ({"retention": {"logs": 31}}, "retention.logs: 31 is not one of 1, 3, 5, 7, 14"),
        ({"workers": {"type": "G.3X"}}, "workers.type: 'G.3X' is not one of G.1X, G.2X, G.4X, G.8X, R.1X, R.2X; did you mean"),
        ({"removal": "keep"}, "removal: 'keep' is not one of destroy, retain"),
        ({"termination_protection": "yes"}, "termination_protection: 'yes': input should be a valid boolean"),
        ({"scan_limit_bytes": 1}, "scan_limit_bytes: 1: input should be greater than or equal to 10000000"),
        ({"alarm_address": "nobody"}, "alarm_address: 'nobody': must be an e-mail address"),
        ({"name": "dev"}, "name: is not written here: the file's name is the environment's name; leave it out"),
        (
            {"sources": {"shop": {"engine": "mysql", "demo": True}}},
            "sources.shop.engine: 'mysql' is not one of documents, dynamodb, extraction, postgres",
        ),
        ({"sources": {"shop": {"engine": "extraction", "provider": "bedrock"}}}, "sources.shop.provider: 'bedrock' is not built"),
        (
            {"sources": {"shop": {"engine": "extraction", "provider": "gemni"}}},
            "sources.shop.provider: 'gemni' is not one of gemini, local; did you mean 'gemini'?",
        ),
        (
            {"sources": {"shop": {"engine": "extraction", "provider": "gemini", "model": "gemini-3.8-flash"}}},
            "sources.shop: provider: gemini needs secret, price, budget as well; it needs model, secret, price, budget",
        ),
        ({"sources": {"shop": {"engine": "postgres"}}}, "sources.shop: give either secret, the name of an existing secret, or demo: true"),
        ({"sources": {"shop": {"engine": "postgres", "demo": True, "tsl": True}}}, "sources.shop.tsl: is not a field here"),
        ({"orchestrator": "airflow"}, "orchestrator: 'airflow': must be `none`, or `engine: mwaa` and its fields"),
        ({"orchestrator": {"engine": "mwa"}}, "orchestrator.engine: 'mwa' is not one of mwaa; did you mean 'mwaa'?"),
        (
            {"orchestrator": {"engine": "mwaa", "class": "mw1.small"}},
            "orchestrator.class: is not a field here; valid ones are airflow_version",
        ),
        (
            {"orchestrator": {"engine": "mwaa", "airflow_version": "3.0.6"}},
            "orchestrator.airflow_version: '3.0.6' is not one of 3.2.1, 3.3.1",
        ),
        (
            {"orchestrator": {"engine": "mwaa", "workers": {"minimum": 3, "maximum": 2}}},
            "orchestrator.workers: minimum is 3 and maximum 2; give a maximum that is not below it",
        ),
        (
            {"orchestrator": {"engine": "mwaa", "environment_class": "mw1.micro", "workers": {"maximum": 2}}},
            "orchestrator: mw1.micro has one worker; leave workers out, or choose a larger environment_class",
        ),
        (
            {"orchestrator": {"engine": "mwaa", "environment_class": "mw1.micro", "schedulers": 2}},
            "orchestrator: schedulers is 2, and mw1.micro has one scheduler",
        ),
        ({"orchestrator": {"engine": "mwaa", "schedulers": 1}}, "orchestrator: schedulers is 1, and mw1.small has 2 to 5 schedulers"),
        (
            {"orchestrator": {"engine": "mwaa", "options": {"poll_seconds": "5"}}},
            "orchestrator.options.poll_seconds: 'poll_seconds': must be a section and an option of Airflow in lower-case letters",
        ),
        (
            {"orchestrator": {"engine": "mwaa", "maintenance_window": "SUN:03:15"}},
            "orchestrator.maintenance_window: 'SUN:03:15': must be a day and a half hour in UTC, such as SUN:03:30",
        ),
        (
            {"orchestrator": {"engine": "mwaa"}},
            "can't reach airflow.api, airflow.env, airflow.ops, ecr.api, ecr.dkr, sns, sqs, ssm in a network with no way to the internet: add",
        ),
        (
            {
                "network": {
                    "mode": "existing",
                    "vpc_id": "vpc-1",
                    "subnet_ids": ["subnet-1", "subnet-2", "subnet-3"],
                    "availability_zones": ["a", "a", "b"],
                    "security_group_id": "sg-1",
                },
                "orchestrator": {"engine": "mwaa"},
            },
            "orchestrator: MWAA takes two private subnets in two zones: network.subnet_ids must begin with two such",
        ),
        ({"tags": {"a": 1}}, "tags.a: 1: input should be a valid string"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_a_wrong_field_is_told_with_its_path_and_what_is_right(lake: Path, change: dict[str, Any], problem: str) -> None:
    assert any(problem in line for line in problems(lake, minimal(**change))), problems(lake, minimal(**change))


def test_airflow_needs_no_endpoint_where_there_is_a_way_to_the_internet(lake: Path) -> None:
    (lake / "config" / "dev.yaml").write_text(json.dumps(minimal(network={"mode": "create", "nat": True}, orchestrator={"engine": "mwaa"})))
    assert load_environment(lake, "dev").airflow == Mwaa(engine="mwaa")


@pytest.mark.parametrize("region", ["eu-west-1", "ap-northeast-1", "us-gov-west-1"])
def test_the_longest_prefix_fits_into_every_bucket_s_name(lake: Path, region: str) -> None:
    (line,) = problems(lake, minimal(region=region, prefix="a" * 31))
    longest = int(line.partition("at most ")[2].partition(" ")[0])
    (lake / "config" / "dev.yaml").write_text(json.dumps(minimal(region=region, prefix="a" * longest)))
    names = load_environment(lake, "dev").names
    assert max(len(names.bucket(purpose)) for purpose in get_args(Purpose)) == 63


@pytest.mark.parametrize("field", ["account", "region", "network", "sources"])
def test_a_missing_field_is_named(lake: Path, field: str) -> None:
    document = minimal()
    del document[field]
    (problem,) = problems(lake, document)
    assert problem.startswith(f"{field}: is missing; it must be ")


def test_all_problems_are_told_together(lake: Path) -> None:
    found = problems(lake, minimal(account="1", removal="keep", reggion="x"))
    assert [line.partition(":")[0] for line in found] == ["reggion", "account", "removal"]


def test_an_account_without_quotes_is_refused_even_where_no_zero_is_lost(lake: Path) -> None:
    text = (FIXTURES / "minimal.yaml").read_text().replace('"012345678901"', "012345678901")
    (problem,) = problems(lake, text)
    assert "YAML drops the zeros" in problem


def test_a_source_that_contracts_read_must_be_configured_and_no_other(lake: Path) -> None:
    orders = BronzeTable(
        product="p",
        name="store__orders",
        contract="contracts/p/bronze/orders.yaml",
        version="1",
        columns=(Column(name="id", type="int"),),
        source="store",
        object="orders",
        mode="snapshot",
    )
    manifest = Manifest(lake="l", products=(Product(name="p", tables=(orders,)),))
    with pytest.raises(Invalid) as raised:
        check_sources(load_environment(lake, "minimal"), manifest, lake)
    missing, unused = (str(problem) for problem in raised.value.problems)
    assert "config/minimal.yaml: sources.store: is missing; " in missing
    assert "contracts/p/bronze/orders.yaml: servers[0].server names it" in missing
    assert "config/minimal.yaml: sources.shop: no contract reads this source; the contracts in " in unused
    assert unused.endswith("name store")
