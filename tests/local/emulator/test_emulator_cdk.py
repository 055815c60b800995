"""The CDK command line itself, against a laptop with IAM enforced."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.laptop import Laptop
from local.settings import ROOT

APP = Path(__file__).with_name("small_app.py")


class Cdk:
    """The pinned command line."""

    def __init__(self, laptop: Laptop, folder: Path) -> None:
        self._laptop = laptop
        self._folder = folder

    def __call__(self, *arguments: str, days: int = 3, fails: bool = False) -> str:
        """What a command writes."""
        environment = {**self._laptop.client_environment(), "CI": "true", "NO_COLOR": "1", "DAYS": str(days)}
        command = [
            str(ROOT / "node_modules" / ".bin" / "cdk"),
            *arguments,
            "--app",
            f"{sys.executable} {APP}",
            "--output",
            str(self._folder),
        ]
        result = subprocess.run(command, env=environment, cwd=self._folder, capture_output=True, text=True, check=False, timeout=300)
        assert (result.returncode != 0) == fails, result.stdout + result.stderr
        return result.stdout + result.stderr


@pytest.fixture(scope="module")
def cdk(laptop: Laptop, tmp_path_factory: pytest.TempPathFactory) -> Cdk:
    return Cdk(laptop, tmp_path_factory.mktemp("cdk"))


# Whole lakes are deployed, compared, changed and destroyed in tests/local.
@pytest.mark.full_size
def test_an_app_is_deployed_compared_changed_and_destroyed(cdk: Cdk, aws: Callable[[str], Any]) -> None:
    cdk("bootstrap")
    cdk("deploy", "--require-approval", "never")
    assert "Number of stacks with differences: 0" in cdk("diff")

    difference = cdk("diff", days=5)
    changed = [line for line in difference.splitlines() if line.lstrip(" ├└─│").startswith(("[-]", "[+]"))]
    assert "Number of stacks with differences: 1" in difference
    assert [line.lstrip(" ├└─│") for line in changed if "NoncurrentDays" in line] == [
        '[-]     "NoncurrentDays": 3',
        '[+]     "NoncurrentDays": 5',
    ], difference
    assert difference.count("[~] AWS::") == 1

    cdk("deploy", "--require-approval", "never", days=5)
    s3 = aws("s3")
    rule = s3.get_bucket_lifecycle_configuration(Bucket="small-bucket")["Rules"][0]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 5}
    assert "Number of stacks with differences: 0" in cdk("diff", days=5)

    # The function that empties the bucket is the CDK's own and runs on Node, under its own role.
    s3.put_object(Bucket="small-bucket", Key="a", Body=b"1")
    s3.put_object(Bucket="small-bucket", Key="a", Body=b"2")
    cdk("destroy", "--force", days=5)
    assert "small-bucket" not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
