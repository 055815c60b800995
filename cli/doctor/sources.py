"""Whether sources let us in, by their secrets and logins; looked at before there is a contract, and nothing of a secret is shown."""

from cli.doctor.patient import Patient
from cli.doctor.verdict import Verdict
from cli.source.engines.registry import source_of
from cli.source.secret import MODEL_PAGE, PAGE, secret_of
from cli.terminal.failures import Refused, Unreachable

ONLY_DEMOS = "none but those of demo sources, which a deployment makes"


def secrets(patient: Patient) -> Verdict:
    """Whether the secrets of real databases and of models are there and whole."""
    logins = {name: found for name, found in patient.credentials.items() if isinstance(found, Refused)}
    if wrong := [f"source {name}: {found}" for name, found in (*logins.items(), *patient.unfit_keys.items())]:
        pages = [page for page, found in ((PAGE, logins), (MODEL_PAGE, patient.unfit_keys)) if found]
        return Verdict("fail", "; ".join(wrong), f"write the secret as {' and '.join(pages)} shows")
    names = [*(secret_of(patient.context, name, source) for name, source in patient.databases.items()), *patient.keys.values()]
    return Verdict("ok", ", ".join(names) or ONLY_DEMOS)


def databases(patient: Patient) -> Verdict:
    """Whether the databases of real sources let their logins in."""
    if not patient.databases:
        return Verdict("ok", ONLY_DEMOS)
    refused, silent, answered = [], [], []
    for name in patient.databases:
        credentials = patient.credentials[name]
        if isinstance(credentials, Refused):
            continue
        try:
            source_of(patient.context, name).log_in(credentials)
        except Refused as error:
            refused.append(f"source {name}: {error}")
        except Unreachable as error:
            silent.append(f"source {name}: {error}")
        else:
            answered.append(f"source {name}: {credentials.address}")
    if refused or (silent and patient.context.is_local):
        return Verdict("fail", "; ".join(refused + silent), f"{PAGE} says what the laptop reaches, and what the login needs")
    if silent:
        # Jobs reach it from their own network.
        return Verdict("can't tell", "; ".join(silent), "look from a machine that reaches the source's network")
    return Verdict("ok", ", ".join(answered)) if answered else Verdict("can't tell", "see secrets")
