"""Every environment's templates, synthesized once a session."""

import pytest

from tests.synth.assembly import EVERY, Assembly, Synthesize, synthesized


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="make the templates of the tests' own lake the baseline (`make baseline`)")


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Synthesize:
    made: dict[str, Assembly] = {}

    def get(name: str) -> Assembly:
        if name not in made:
            made[name] = synthesized(name, tmp_path_factory.mktemp(f"synth-{name}"))
        return made[name]

    return get


@pytest.fixture(scope="session", params=EVERY)
def assembly(request: pytest.FixtureRequest, synthesize: Synthesize) -> Assembly:
    """Each environment of the sample lake, and a minimal, a full and a borrowed-network one of another."""
    return synthesize(request.param)
