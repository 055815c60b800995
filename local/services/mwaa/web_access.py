"""A plugin of Airflow's web server: what MWAA adds to it under `/aws_mwaa`.

- `aws-console-sso?login=true#TOKEN`: the page to which a web login token leads; it signs the browser in.
- `cli`: runs a command of Airflow's own; the CLI token is the bearer. Answers `stdout` and `stderr` in Base64, as MWAA does.

And what no other site may do: reach any page of it, this web server being one that knows who is signed in.
"""

import base64
import shlex
import subprocess
from typing import Any

from airflow.api_fastapi.app import get_auth_manager, get_cookie_path
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin
from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jwt.exceptions import InvalidTokenError

from local.same_origin import SameOriginOnly, hosts_of

CLI_SECONDS = 60
# A browser keeps what is behind the # to itself, so that no log has the token.
SIGN_IN = """<!doctype html><title>Airflow</title><p id="said">Signing in…</p><script>
fetch("login", {method: "POST", body: location.hash.slice(1)}).then(async answer => {
  if (answer.ok) location.replace("/"); else document.getElementById("said").textContent = (await answer.json()).detail;
});
</script>"""

app = FastAPI(title="MWAA")


@app.get("/aws-console-sso")
def sign_in() -> HTMLResponse:
    """The page of a web login token."""
    return HTMLResponse(SIGN_IN)


@app.post("/login")
async def login(request: Request) -> Response:
    """Makes a web login token the browser's session."""
    token = (await request.body()).decode()
    await _user(token)
    answer = JSONResponse({})
    answer.set_cookie(COOKIE_NAME_JWT_TOKEN, token, path=get_cookie_path(), httponly=True, samesite="lax")
    return answer


@app.post("/cli")
async def cli(request: Request) -> dict[str, str]:
    """Runs `airflow …` with the words of the body."""
    user = await _user(request.headers.get("authorization", "").removeprefix("Bearer ").strip())
    if user.role != "ADMIN":
        raise HTTPException(403, "commands are for the role Admin")
    words = shlex.split((await request.body()).decode())
    return await run_in_threadpool(_run, words)


def _run(words: list[str]) -> dict[str, str]:
    try:
        done = subprocess.run(["airflow", *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=CLI_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise HTTPException(400, f"airflow {' '.join(words)} did not end within {CLI_SECONDS} s") from None
    told = {"stdout": base64.b64encode(done.stdout).decode(), "stderr": base64.b64encode(done.stderr).decode()}
    if done.returncode != 0:
        raise HTTPException(400, told)
    return told


async def _user(token: str) -> Any:
    try:
        return await get_auth_manager().get_user_from_token(token)
    except InvalidTokenError as error:
        raise HTTPException(403, f"this token does not sign in: {error}; ask for a new one, it lives for a minute") from None


class WebAccess(AirflowPlugin):
    """Mounts the pages, and closes all pages to other sites."""

    name = "aws_mwaa"
    fastapi_apps: list[Any] = [{"app": app, "url_prefix": "/aws_mwaa", "name": "MWAA"}]
    fastapi_root_middlewares: list[Any] = [
        {"middleware": SameOriginOnly, "kwargs": {"hosts": hosts_of(conf.getint("api", "port"))}, "name": "same origin only"}
    ]
