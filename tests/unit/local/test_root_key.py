"""The root key of a laptop's home."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.errors import LaptopError
from local.root_key import root_key
from local.settings import Settings


def test_a_home_keeps_its_key_and_shares_it_with_no_other(tmp_path: Path) -> None:
    key = root_key(tmp_path / "one")
    assert key == root_key(tmp_path / "one")
    assert key.id != root_key(tmp_path / "two").id
    assert key.secret != root_key(tmp_path / "two").secret


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    root_key(tmp_path / "home")
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "home" / "root-key.json").stat().st_mode) == 0o600


def test_all_who_ask_first_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: root_key(tmp_path / "home"), range(64)))) == 1


def test_a_home_may_move_and_take_another_port(tmp_path: Path) -> None:
    before = Settings(tmp_path / "here", 1111).root_credentials()
    (tmp_path / "here").rename(tmp_path / "there")
    assert Settings(tmp_path / "there", 2222).root_credentials() == before


def test_its_secret_is_never_shown_and_a_spoilt_file_is_named(tmp_path: Path) -> None:
    key = root_key(tmp_path)
    assert key.secret not in repr(key)
    (tmp_path / "root-key.json").write_text('{"id": "A"}')
    with pytest.raises(LaptopError, match=r"root-key\.json"):
        root_key(tmp_path)


def test_no_key_is_the_account_or_test(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    key = settings.root_credentials()
    assert len(key["AWS_SECRET_ACCESS_KEY"]) >= 40
    assert not {settings.account, "test"} & set(key.values())
