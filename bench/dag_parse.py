"""What it takes Airflow to read the DAG of few and of many contracts, against an empty DAG."""

import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.measure import Figure, against_peer, seconds
from bench.stage import ROOT, Stage
from medallion.manifest.model import BronzeTable, Product, SilverTable
from medallion.manifest.names import Names
from medallion.manifest.schedule import dag_file, plan

BOUND = 1.5
PYTHON = ROOT / ".tools" / "airflow" / "bin" / "python"
EMPTY = "from airflow.sdk import DAG\n\ndag = DAG('empty', schedule=None)\n"
PARSE = """
import sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
assert len(bag.dags) == 1 and not bag.import_errors, bag.import_errors
"""


def parsing(folder: Path, file: Path) -> Callable[[], float]:
    """Seconds in which a process of Airflow's reads a file, its start included, as with each file of the DAG processor."""

    def parse() -> None:
        subprocess.run(
            [str(PYTHON), "-W", "ignore", "-c", PARSE, str(file)],
            env={**os.environ, "AIRFLOW_HOME": str(folder), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"},
            stdout=subprocess.DEVNULL,
            check=True,
        )

    return lambda: seconds(parse)


def product(contracts: int) -> Product:
    """A product of so many contracts, a bronze table for each silver one."""
    tables: list[BronzeTable | SilverTable] = []
    for number in range(contracts // 2):
        common = {"product": "shop", "contract": "", "version": "1", "columns": ()}
        tables.append(BronzeTable(**common, name=f"till__t{number}", source="till", object=f"t{number}", mode="snapshot"))
        tables.append(SilverTable(**common, name=f"t{number}", input=f"till__t{number}", key=("id",)))
    return Product(name="shop", tables=tuple(tables))


def figures(stage: Stage, repeats: int) -> list[Figure]:
    """Ten and five hundred contracts, each against an empty DAG file."""
    names: Names = stage.environment.names
    factory = (ROOT / "mwaa_dags" / "factory.py").read_text()
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "empty.py").write_text(EMPTY)
        for contracts in (10, 500):
            file = folder / f"contracts_{contracts}.py"
            file.write_text(dag_file(factory, plan(product(contracts), names, "bench", governed=False)))
            found.append(
                against_peer(
                    f"Airflow reads the DAG of {contracts} contracts",
                    parsing(folder, file),
                    parsing(folder, folder / "empty.py"),
                    peer_name="an empty DAG file",
                    bound=BOUND,
                    repeats=repeats,
                )
            )
    return found
