"""Whether Lake Formation would take what is deployed."""

import re
from collections.abc import Iterator
from functools import partial

from cli.doctor.account import answers
from cli.doctor.patient import Patient
from cli.doctor.verdict import Verdict

ROLE = re.compile(r"arn:[^:]+:iam::(\d{12}):role/(?:.*/)?([^/]+)")


def lake_formation(patient: Patient) -> Verdict:
    """Whether the role that deploys may grant, or may become one that does."""
    configuration = patient.context.configuration
    if not configuration.governed:
        return Verdict("ok", "lake_formation: off, so that IAM alone decides who sees what")
    settings = patient.context.client("lakeformation").get_data_lake_settings()["DataLakeSettings"]
    admins = [admin["DataLakePrincipalIdentifier"] for admin in settings.get("DataLakeAdmins", ())]
    role = f"cdk-{configuration.bootstrap_qualifier}-cfn-exec-role-{configuration.account}-{configuration.region}"
    is_admin = any(found.endswith(f":role/{role}") for found in admins)
    if configuration.lake_formation == "adopt" and not is_admin:
        return Verdict(
            "fail",
            f"lake_formation: adopt, and {role} is no data lake administrator",
            "ask those who run Lake Formation here to add it (Administrative roles and tasks), or no database can be made",
        )
    # An administrator that is gone makes each change of the list fail, and appending to it is one.
    if gone := sorted(_gone(patient, admins)):
        return Verdict(
            "fail",
            f"data lake administrators that are there no more: {', '.join(gone)}",
            "take them off the list of administrators: Lake Formation refuses every change of a list with one of them",
        )
    if is_admin:
        return Verdict("ok", f"{role} is a data lake administrator")
    return Verdict("ok", f"the deployment makes {role} a data lake administrator, beside {len(admins)} that are there")


def _gone(patient: Patient, admins: list[str]) -> Iterator[str]:
    """The roles of this account that no longer exist."""
    iam = patient.context.client("iam")
    for admin in admins:
        match = ROLE.fullmatch(admin)
        if match and match[1] == patient.context.configuration.account and not answers(partial(iam.get_role, RoleName=match[2])):
            yield admin
