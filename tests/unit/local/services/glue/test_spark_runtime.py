"""How a job's java is started, in a repository made of empty files."""

from pathlib import Path

import pytest

from local.errors import LaptopError
from local.services.glue.spark.configuration import spark_properties
from local.services.glue.spark.runtime import SparkRuntime
from local.settings import Settings


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository after `make setup`, as far as a command line can see."""
    tools = tmp_path / ".tools"
    for jar in (
        "glue/lib/python3.13/site-packages/pyspark/jars/spark-b.jar",
        "glue/lib/python3.13/site-packages/pyspark/jars/spark-a.jar",
        "jars/iceberg.jar",
        "java",
    ):
        (tools / jar).parent.mkdir(parents=True, exist_ok=True)
        (tools / jar).write_text(jar)
    return tmp_path


def test_spark_stands_before_what_is_added_to_it_and_both_are_sorted(root: Path) -> None:
    assert [jar.name for jar in SparkRuntime(root).jars] == ["spark-a.jar", "spark-b.jar", "iceberg.jar"]


def test_a_job_gets_its_arguments_as_they_are(root: Path, tmp_path: Path) -> None:
    command = SparkRuntime(root).command(Path("refine.py"), ["--product", "a b"], tmp_path)
    assert command[0] == str(root / ".tools" / "java")
    assert command[-4:] == ["org.apache.spark.deploy.SparkSubmit", "refine.py", "--product", "a b"]


def test_a_start_without_an_archive_is_only_slower(root: Path, tmp_path: Path) -> None:
    assert not [word for word in SparkRuntime(root).command(Path("job.py"), [], tmp_path) if "SharedArchiveFile" in word]


def test_a_long_job_may_have_the_whole_compiler(root: Path, tmp_path: Path) -> None:
    flag = "-XX:TieredStopAtLevel=1"
    assert flag in SparkRuntime(root).command(Path("job.py"), [], tmp_path)
    assert flag not in SparkRuntime(root, quick=False).command(Path("job.py"), [], tmp_path)


def test_one_compiler_has_as_much_room_for_code_as_two(root: Path, tmp_path: Path) -> None:
    # A job of many tables died of "Out of space in CodeCache for method handle intrinsic".
    assert "-XX:ReservedCodeCacheSize=256m" in SparkRuntime(root).command(Path("job.py"), [], tmp_path)


def test_the_archive_of_these_jars_is_used(root: Path, tmp_path: Path) -> None:
    runtime = SparkRuntime(root)
    runtime.class_archive.write_text("")
    assert f"-XX:SharedArchiveFile={runtime.class_archive}" in runtime.command(Path("job.py"), [], tmp_path)


def test_a_jvm_that_waits_for_scripts_is_started_as_one_that_runs_a_script(root: Path, tmp_path: Path) -> None:
    runtime = SparkRuntime(root)
    runtime.class_archive.write_text("")
    waiting, running = runtime.waiting_command(tmp_path, "2g"), runtime.command(Path("job.py"), [], tmp_path)
    assert waiting[-1] == "pyspark-shell"
    assert waiting[:-1] == running[:-1]


def test_another_jar_needs_another_archive(root: Path) -> None:
    before = SparkRuntime(root).class_archive
    (root / ".tools" / "jars" / "postgresql.jar").write_text("new")
    assert SparkRuntime(root).class_archive != before


def test_another_jvm_needs_another_archive(root: Path) -> None:
    before = SparkRuntime(root).class_archive
    (root / ".tools" / "java").write_text("a newer one")
    assert SparkRuntime(root).class_archive != before


def test_a_log_configuration_is_named_only_where_there_is_one(root: Path, tmp_path: Path) -> None:
    conf = tmp_path / "conf"
    conf.mkdir()
    runtime = SparkRuntime(root)
    assert not [word for word in runtime.command(Path("job.py"), [], conf) if "log4j2" in word]
    (conf / "log4j2.properties").write_text("")
    assert f"-Dlog4j2.configurationFile=file://{conf}/log4j2.properties" in runtime.command(Path("job.py"), [], conf)


def test_a_job_runs_in_the_interpreter_of_glue_and_listens_on_this_machine_only(root: Path, tmp_path: Path) -> None:
    environment = SparkRuntime(root).environment(tmp_path)
    assert environment["PYSPARK_PYTHON"] == environment["PYSPARK_DRIVER_PYTHON"] == str(root / ".tools" / "glue" / "bin" / "python")
    assert environment["SPARK_LOCAL_IP"] == "127.0.0.1"
    assert environment["SPARK_CONF_DIR"] == str(tmp_path)


def test_a_jobs_ports_ask_for_a_secret(tmp_path: Path) -> None:
    given = spark_properties(Settings(tmp_path), tmp_path)
    assert given["spark.authenticate"] == "true"
    assert given["spark.driver.bindAddress"] == "127.0.0.1"


def test_what_a_person_sets_for_a_laptop_stands_between_its_own_properties_and_the_jobs(tmp_path: Path) -> None:
    (tmp_path / "spark-defaults.conf").write_text("# mine\n\nspark.sql.shuffle.partitions   8\nspark.driver.memory 3g\n")
    given = spark_properties(Settings(tmp_path), tmp_path, "spark.driver.memory=1g")
    assert (given["spark.sql.shuffle.partitions"], given["spark.driver.memory"]) == ("8", "1g")


@pytest.mark.parametrize("line", ["spark.sql.shuffle.partitions", "shuffle 8"])
def test_a_line_that_is_no_property_is_told_with_its_file_and_number(tmp_path: Path, line: str) -> None:
    (tmp_path / "spark-defaults.conf").write_text(f"spark.a b\n{line}\n")
    with pytest.raises(LaptopError, match=r"spark-defaults\.conf:2: expected a property of Spark"):
        spark_properties(Settings(tmp_path), tmp_path)
