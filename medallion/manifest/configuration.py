"""Reads and checks the configuration of an environment."""

import json
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError

from medallion.manifest.access.personas import check_personas, read_personas
from medallion.manifest.document import read_document, shown
from medallion.manifest.environment import Environment
from medallion.manifest.errors import Invalid, InvalidField, Location, UnknownValue
from medallion.manifest.fields import unknown_fields, wrong_values
from medallion.manifest.model import Manifest
from medallion.manifest.sources import unfit_sources

# What to write, for the fields whose type alone does not say it.
ADVICE = {
    "account": "a text of 12 digits in quotes, such as '012345678901'; YAML drops the zeros that a bare number begins with",
    "region": "an AWS region, such as eu-west-1",
    "prefix": "lower-case letters, digits and single underscores between them, at most 31, a letter first; the file's name unless given",
    "network.cidr": "a range of /16 to /24, such as 10.20.0.0/16",
    "network.vpc_id": "a VPC's id, such as vpc-0a1b2c3d",
    "network.subnet_ids": "a list of subnet ids, such as subnet-0a1b2c3d",
    "network.security_group_id": "a security group's id, such as sg-0a1b2c3d",
    "permissions_boundary": "a policy's ARN, such as arn:aws:iam::222222222222:policy/boundary",
    "bootstrap_qualifier": "what `cdk bootstrap --qualifier` was given: 1 to 10 lower-case letters and digits",
    "alarm_address": "an e-mail address",
    "orchestrator": "`none`, or `engine: mwaa` and its fields",
    "orchestrator.maintenance_window": "a day and a half hour in UTC, such as SUN:03:30",
    "query_as": "the name of a persona",
    "personas.assumed_by": "a list of ARNs of users, roles or an account's root, such as arn:aws:iam::222222222222:root",
    "personas.saml": "a SAML provider's ARN, such as arn:aws:iam::222222222222:saml-provider/acme",
    "personas.identity_center": "the name of a permission set",
    "personas.scan_limit_bytes": "a number of bytes, at least 10000000",
    "network": "`mode: create` or `mode: existing` and its fields",
    "sources": "one entry for each logical source that the contracts name",
}


def configuration_file(root: Path, name: str) -> Path:
    """Where a lake's configuration of an environment is."""
    return root / "config" / f"{name}.yaml"


def environment_names(root: Path) -> tuple[str, ...]:
    """The environments that a lake has a configuration for, sorted."""
    return tuple(sorted(path.stem for path in (root / "config").glob("*.yaml") if path.stem != "personas"))


def load_environment(root: Path, name: str) -> Environment:
    """What `config/<name>.yaml` of a lake says.

    Raises:
        Invalid: All that is wrong with the file, or that there is none.
    """
    names = environment_names(root)
    if name not in names:
        folder = Location(shown(root / "config"))
        if not names:
            raise Invalid([InvalidField(folder, f"has no configuration; write {name}.yaml there")])
        raise Invalid([UnknownEnvironment(folder, name, names)])
    path = configuration_file(root, name)
    document = read_document(path)
    where = Location(shown(path))
    problems: list[InvalidField] = list(unknown_fields(Environment, {key: document[key] for key in document if key != "name"}, where))
    if "name" in document:
        problems.append(InvalidField(where.at("name"), "is not written here: the file's name is the environment's name; leave it out"))
    document = {"prefix": name, **document, "name": name}
    try:
        # As JSON, because a strict check of it takes a list for a tuple but never a text for a number.
        environment = Environment.model_validate_json(json.dumps(document), strict=True)
    except ValidationError as error:
        problems.extend(wrong_values(error, document, where, ADVICE))
        raise Invalid(problems) from error
    if problems:
        raise Invalid(problems)
    if environment.personas or environment.query_as or environment.governed:
        check_personas(environment, read_personas(root), path)
    return environment


class UnknownEnvironment(UnknownValue):
    """There is no configuration of that name."""


def check_sources(environment: Environment, manifest: Manifest, root: Path) -> None:
    """That an environment says what each logical source of the contracts is, and nothing of others.

    Args:
        environment: As loaded from the lake.
        manifest: The lake's.
        root: The lake's folder, for the names of files in errors.

    Raises:
        Invalid: A source is missing in the configuration, or no contract names it.
    """
    where = Location(shown(configuration_file(root, environment.name))).at("sources")
    contracts = {table.source: table.contract for product in manifest.products for table in product.bronze}
    problems = [
        InvalidField(where.at(source), f"is missing; {shown(root / contracts[source])}: servers[0].server names it")
        for source in manifest.sources
        if source not in environment.sources
    ]
    for source in sorted(set(environment.sources) - set(contracts)):
        hint = get_close_matches(source, contracts, n=1)
        known = f"the contracts in {shown(root / 'contracts')} name {', '.join(sorted(contracts)) or 'no source'}"
        problems.append(
            InvalidField(where.at(source), f"no contract reads this source; {known}" + (f"; did you mean {hint[0]!r}?" if hint else ""))
        )
    problems += [InvalidField(where.at(unfit.source, unfit.field), unfit.problem) for unfit in unfit_sources(environment, manifest)]
    if problems:
        raise Invalid(problems)


__all__ = ["ADVICE", "UnknownEnvironment", "check_sources", "configuration_file", "environment_names", "load_environment"]
