"""The templates are as they were reviewed; where not, the difference is told by what it means."""

import pytest

from medallion.manifest.configuration import environment_names
from review.baseline import accept, against_baseline, folder, outlines, told
from review.price import idle_price
from tests.synth.assembly import LAKE, OURS, SAMPLE, Assembly


def test_templates_are_as_they_were_reviewed(assembly: Assembly, request: pytest.FixtureRequest) -> None:
    """`make baseline` accepts what differs: the sample lake's through the application, the other one's here."""
    name = assembly.environment.name
    lake = SAMPLE if name in OURS else LAKE
    if request.config.getoption("--accept") and lake is LAKE:
        accept(lake, name, assembly.directory)
    found = against_baseline(lake, name, assembly.directory)
    assert not found, told(found, name)


def test_no_baseline_is_left_of_an_environment_that_is_gone() -> None:
    for lake in (SAMPLE, LAKE):
        baselines = {path.name for path in folder(lake, "x").parent.iterdir() if path.is_dir()}
        assert baselines == set(environment_names(lake))


def test_nothing_is_public_but_what_is_configured_to_be(assembly: Assembly) -> None:
    airflow = assembly.environment.airflow
    page = "AirflowEnvironment: Airflow's page is on the internet, behind IAM"
    expected = {f"{assembly.environment.names.dashed}-mwaa": (page,)} if airflow and airflow.web_access == "public" else {}
    assert {each.stack: each.public for each in outlines(assembly.directory) if each.public} == expected


def test_every_resource_has_a_price_or_is_known_to_have_none(assembly: Assembly) -> None:
    assert idle_price(assembly.templates.values()).unknown == ()
