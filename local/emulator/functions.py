"""Lambda functions: the keys that they act with, and those that can't be run."""

import threading

from local.emulator.roles import Roles
from local.service import Json


def give_secret_keys(roles: Roles) -> None:
    """Gives functions keys of their own; the emulator's can be computed from a function's name."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    given: dict[tuple[str, str], dict[str, str]] = {}
    lock = threading.Lock()

    def credentials(config: Json) -> dict[str, str]:
        role = config.get("Role", "").rpartition("/")[2]
        with lock:
            found = given.get((config["FunctionArn"], role))
            if found is None:
                found = roles.session(role, role, config.get("FunctionName", "function"), hours=None)
                given[config["FunctionArn"], role] = found
        return found

    # The service has it under a name of its own.
    lambda_runtime.execution_credentials = lambda_svc.execution_credentials = credentials


def refuse_functions_with_a_port() -> None:
    """Refuses programs, which fetch their events from a port that asks nobody who they are."""
    from ministack.services import lambda_svc

    def refused(function: Json, event: Json, request_id: str) -> Json:
        del function, event, request_id
        reason = "the laptop runs functions of Python and Node, no programs of runtime provided"
        return {"body": {"errorMessage": reason, "errorType": "Runtime.Unsupported"}, "error": True}

    lambda_svc._execute_function_provided = lambda_svc._execute_function_provided_warm = refused
