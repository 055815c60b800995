"""What a Trino loads before anybody asks."""

from local.services.athena.trino import warming


class Answering:
    """Takes down what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def run(self, statement: str, *, user: str) -> None:
        self.asked.append(statement)


def test_all_statements_are_run_while_nobody_asks() -> None:
    trino = Answering()
    warming.warm_up(trino)
    assert trino.asked == list(warming.STATEMENTS)


def test_who_asks_does_not_wait_for_the_rest() -> None:
    trino = Answering()
    warming.warm_up(trino, lambda: len(trino.asked) == 2)
    assert trino.asked == list(warming.STATEMENTS[:2])
