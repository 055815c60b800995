"""A lake as it is on a laptop that has no Airflow of its own."""

import shutil
from pathlib import Path

import yaml


def without_airflow(folder: Path, to: Path) -> Path:
    """Copies a lake; the copy's DAGs are run by `dag.test()`, as Airflow's four processes take half a core from what is looked at.

    Args:
        folder: The lake's.
        to: The folder that the copy is put into; an earlier copy there is replaced.

    Returns:
        The copy's folder.
    """
    copy = to / folder.name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    file = copy / "config" / "local.yaml"
    configuration = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({**configuration, "orchestrator": "none"}))
    return copy
