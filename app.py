#!/usr/bin/env python3
"""The CDK application: one lake, one environment, its stacks."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from aws_cdk import App
from jsii.errors import JavaScriptError, JSIIError

from medallion.manifest.compiler import compile_lake
from medallion.manifest.compiler.saved_queries import saved_queries
from medallion.manifest.configuration import environment_names, load_environment
from medallion.manifest.environment import Environment
from medallion.manifest.errors import LakeError, Terminal
from medallion.manifest.model import Manifest
from stacks.compose import compose
from stacks.parts.airflow.files import AirflowFiles, build_airflow_files, read_airflow_folder
from stacks.parts.delivery.release import build_release

ROOT = Path(__file__).resolve().parent


class NoEnvironment(Terminal):
    """Nothing says which environment is meant."""


def context() -> dict[str, Any]:
    """What `cdk.json` says, feature flags included, so that the templates are the same however the app is started."""
    content: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    # A trace names folders of this machine; in cdk.json the key would make the CDK's command line warn.
    return {**content, "aws:cdk:disable-creation-stack-traces": True}


def lake_folder(app: App) -> Path:
    """The lake that `-c lake=`, else `LAKE`, else `cdk.json` names; a relative path is the repository's."""
    return ROOT / (app.node.try_get_context("lake") or os.environ.get("LAKE") or context()["default-lake"])


def settings(app: App) -> tuple[Environment, Manifest]:
    """The environment that `-c env=` names, and the lake's compiled contracts."""
    lake = lake_folder(app)
    name = app.node.try_get_context("env")
    if not name:
        raise NoEnvironment(f"give an environment: -c env={'|'.join(environment_names(lake)) or 'NAME'} (the files in {lake / 'config'})")
    return load_environment(lake, name), compile_lake(lake)


def airflow_files(app: App, environment: Environment) -> AirflowFiles | None:
    """What the environment's Airflow is started with; None where it has none."""
    if environment.airflow is None:
        return None
    folder = read_airflow_folder(lake_folder(app))
    return build_airflow_files(ROOT, folder, version=environment.airflow.airflow_version, names=environment.names)


def main() -> int:
    """Synthesize; 2 where the configuration or a contract is wrong."""
    app = App(analytics_reporting=False, context=context())
    try:
        environment, manifest = settings(app)
        compose(
            app,
            environment=environment,
            manifest=manifest,
            release=build_release(ROOT, manifest, environment.names, governed=environment.governed),
            airflow_files=airflow_files(app, environment),
            saved_queries=saved_queries(lake_folder(app), environment, manifest),
        )
        app.synth()
    except LakeError as error:
        print(error, file=sys.stderr)
        return 2
    except (JSIIError, RuntimeError) as error:
        # The CDK's own refusal, whose trace leads through its JavaScript.
        if not isinstance(error.__cause__, JavaScriptError):
            raise
        print(f"the CDK refuses this configuration: {str(error).partition(chr(10))[0]}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
