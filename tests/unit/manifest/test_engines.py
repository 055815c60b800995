"""Engines as values: what a contract calls a way to read belongs to one of them."""

from dataclasses import replace

import pytest

from medallion.manifest.engines.postgres.engine import POSTGRES
from medallion.manifest.engines.registry import ENGINES, MODES, by_mode, engine_of_mode


def test_each_way_to_read_belongs_to_one_engine() -> None:
    assert sorted(MODES) == sorted(mode for engine in ENGINES.values() for mode in engine.modes)
    for mode in MODES:
        found = engine_of_mode(mode)
        assert found is not None
        assert mode in found[0].modes
    assert engine_of_mode("guessed") is None


def test_two_engines_that_call_a_way_the_same_are_refused() -> None:
    with pytest.raises(ValueError, match="'snapshot' is of postgres and of mysql"):
        by_mode([POSTGRES, replace(POSTGRES, name="mysql")])
