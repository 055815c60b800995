"""The Airflow environment that starts runs, as an environment's configuration has it."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, StringConstraints, Tag, model_validator

from medallion.manifest.frozen import Frozen

SMALLEST_CLASS = "mw1.micro"
# CloudFormation's own limits of an option's name.
OPTION = r"[a-z][a-z_]*\.[a-z]([a-z_]*[a-z])?"
LONGEST_OPTION = 64


def _option(value: str) -> str:
    if not re.fullmatch(OPTION, value) or len(value) > LONGEST_OPTION:
        raise ValueError(f"{value!r}: must be a section and an option of Airflow in lower-case letters, such as medallion.poll_seconds")
    return value


class AirflowWorkers(Frozen):
    """How many workers an Airflow environment has.

    Attributes:
        minimum: Paid for at all times, 1 to 25.
        maximum: Auto scaling's upper bound, 1 to 25. Tasks that wait for a Glue run take up no worker unless they are told to.
    """

    minimum: Annotated[int, Field(ge=1, le=25)] = 1
    maximum: Annotated[int, Field(ge=1, le=25)] = 1

    @model_validator(mode="after")
    def _a_range(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum is {self.minimum} and maximum {self.maximum}; give a maximum that is not below it")
        return self


class Mwaa(Frozen):
    """Airflow on MWAA starts the runs.

    Attributes:
        engine: `mwaa`.
        airflow_version: 3.3.1, or 3.2.1 where MWAA does not offer that yet.
        environment_class: The size. `mw1.micro` is one worker and one scheduler, and no more.
        workers: How many workers.
        schedulers: 2 to 5, 1 of `mw1.micro`; None for MWAA's own number, which is the least.
        web_access: Whether Airflow's page is reached from inside the network only, or from the internet; behind IAM either way.
        options: Airflow's configuration as `section.option`, such as `core.default_timezone`; section `medallion` is the DAGs' own.
        maintenance_window: When MWAA may update the environment, in UTC, such as `SUN:03:30`; None lets MWAA choose.
    """

    engine: Literal["mwaa"]
    airflow_version: Literal["3.3.1", "3.2.1"] = "3.3.1"
    environment_class: Literal["mw1.micro", "mw1.small", "mw1.medium", "mw1.large", "mw1.xlarge", "mw1.2xlarge"] = "mw1.small"
    workers: AirflowWorkers = AirflowWorkers()
    schedulers: Annotated[int, Field(ge=1, le=5)] | None = None
    web_access: Literal["private", "public"] = "private"
    options: dict[Annotated[str, AfterValidator(_option)], Annotated[str, StringConstraints(max_length=256)]] = {}
    maintenance_window: Annotated[str, StringConstraints(pattern=r"^(MON|TUE|WED|THU|FRI|SAT|SUN):([01]\d|2[0-3]):(00|30)$")] | None = None

    @model_validator(mode="after")
    def _a_size_that_there_is(self) -> Self:
        smallest = self.environment_class == SMALLEST_CLASS
        if smallest and self.workers.maximum > 1:
            raise ValueError(f"{SMALLEST_CLASS} has one worker; leave workers out, or choose a larger environment_class")
        if self.schedulers is not None and (self.schedulers == 1) is not smallest:
            has = "one scheduler" if smallest else "2 to 5 schedulers"
            raise ValueError(f"schedulers is {self.schedulers}, and {self.environment_class} has {has}")
        return self


def _orchestrator_form(value: object) -> str | None:
    if isinstance(value, Mwaa | dict):
        return "mwaa"
    return "none" if value == "none" else None


Orchestrator = Annotated[
    Annotated[Literal["none"], Tag("none")] | Annotated[Mwaa, Tag("mwaa")],
    Discriminator(_orchestrator_form, custom_error_type="orchestrator", custom_error_message="no orchestrator"),
]
