"""MWAA's API: what there is, tokens that sign in, and calls that are passed on to Airflow's own API."""

from collections.abc import Iterable
from urllib.parse import unquote

from local.service import Context, Json, ServiceError
from local.services.mwaa.environment import ROLES, AirflowEnvironment
from local.services.mwaa.environments import Environments
from local.services.mwaa.rest import NoAnswer
from local.settings import Settings

READ_ONLY = "the laptop makes and changes environments through CloudFormation only; deploy a stack with AWS::MWAA::Environment"


class Api:
    """Answers for the environments of a laptop."""

    def __init__(self, environments: Environments, settings: Settings) -> None:
        self._environments = environments
        self._settings = settings

    def answer(self, method: str, path: str, request: Json, context: Context) -> Json:
        """One call of MWAA's API."""
        noun, _, name = unquote(path).strip("/").partition("/")
        match method, noun:
            case "GET", "environments" if not name:
                return {"Environments": self._environments.names}
            case "GET", "environments":
                return {"Environment": self._environments.document(self._environments.named(name))}
            case "GET", "tags":
                return {"Tags": self._environments.document(self._environments.named(name.rpartition("/")[2]))["Tags"]}
            case "POST", "clitoken":
                token, host = self._token(self._environments.available(name), "admin")
                return {"CliToken": token, "WebServerHostname": host}
            case "POST", "webtoken":
                user = _role(context).lower()
                token, host = self._token(self._environments.available(name), user)
                identity = context.principal.partition(":")[2].rpartition(":")[2]
                return {"WebToken": token, "WebServerHostname": host, "IamIdentity": identity, "AirflowIdentity": user}
            case "POST", "restapi":
                return self._invoke(self._environments.available(name), request, _role(context).lower())
        raise ServiceError("UnsupportedOperationException", READ_ONLY)

    def resources(self, method: str, path: str) -> Iterable[str]:
        """What IAM checks a call on; of a user's roles the most powerful one that it is allowed."""
        noun, _, name = unquote(path).strip("/").partition("/")
        own = f"arn:aws:airflow:{self._settings.region}:{self._settings.account}"
        match noun:
            case "webtoken" | "restapi":
                return [f"{own}:role/{name}/{role}" for role in ROLES]
            case "environments" | "clitoken" if name:
                return [f"{own}:environment/{name}"]
            case "tags":
                return [name]
        return []

    def _token(self, environment: AirflowEnvironment, user: str) -> tuple[str, str]:
        try:
            return self._environments.server(environment).short_token(user), environment.host(self._settings)
        except NoAnswer as error:
            raise ServiceError("InternalServerException", str(error), 500) from error

    def _invoke(self, environment: AirflowEnvironment, request: Json, user: str) -> Json:
        for name in ("Path", "Method"):
            if not request.get(name):
                raise ServiceError("ValidationException", f"{name}: is missing")
        try:
            answer = self._environments.server(environment).call(
                user, request["Method"], request["Path"], request.get("QueryParameters"), request.get("Body")
            )
        except NoAnswer as error:
            raise ServiceError("InternalServerException", str(error), 500) from error
        told = {"RestApiStatusCode": answer.status, "RestApiResponse": answer.content}
        if answer.status >= 400:
            side = "Client" if answer.status < 500 else "Server"
            raise ServiceError(f"RestApi{side}Exception", f"Airflow answered {answer.status}", 400, told)
        return told


def _role(context: Context) -> str:
    """The role of Airflow that IAM allowed the caller."""
    return context.resource.rpartition("/")[2]
