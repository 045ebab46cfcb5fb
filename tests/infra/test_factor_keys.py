"""Sealed second factors: no plain secret in a row, several keys, rows of older versions, a file of one's own."""

import stat
from pathlib import Path

import pyotp
import pytest
from sqlmodel import select

from infra.books.sign_off_talk import secret_name
from infra.database import Database
from infra.factor_keys import FactorKeys, MissingFactorKeys, UnreadableFactor, factor_keys, new_key
from infra.people import open_session
from infra.second_factor import half_of, next_code, pass_second_factor, seal_factors
from infra.settings import Settings
from infra.sign_off_rules import oa_secret_of, seal_secrets
from infra.tables import SignOffRuleRow, UserRow
from tests.factories import make_customer
from tests.infra.test_signing_in import NOW
from tests.postgres import database  # noqa: F401 - pytest finds fixtures by their names here
from tests.sign_offs import set_oa

OLD, NEW = bytes(32), bytes([1]) * 32
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def add(database: Database, login: str, stored: str) -> int:  # noqa: F811
    with database.write() as session:
        user = UserRow(login=login, password_hash="-", name="沈一舟", role="operator", totp_secret=stored)
        session.add(user)
        session.flush()
        assert user.id is not None
        return user.id


def stored(database: Database) -> dict[str, str]:  # noqa: F811
    with database.read() as session:
        return {user.login: user.totp_secret for user in session.exec(select(UserRow))}


def test_what_is_sealed_opens_for_its_person_alone_and_never_looks_the_same() -> None:
    keys = FactorKeys([OLD])
    one, two = keys.seal(SECRET, 7), keys.seal(SECRET, 7)
    assert one != two
    assert len(one) == 64
    assert keys.open(one, 7) == keys.open(two, 7) == SECRET
    for sealed, person in ((one, 8), (("A" if one[0] != "A" else "B") + one[1:], 7), (SECRET, 7), ("", 7), ("ü" * 64, 7)):
        with pytest.raises(UnreadableFactor):
            keys.open(sealed, person)
    with pytest.raises(UnreadableFactor):
        FactorKeys([NEW]).open(one, 7)


def test_a_factor_that_is_set_up_is_sealed_in_its_row(database: Database) -> None:  # noqa: F811
    keys, number = FactorKeys([OLD]), add(database, "shen", "")
    token = open_session(database, number, NOW, passed=False)
    half = half_of(database, token, NOW)
    assert half is not None
    assert pass_second_factor(database, keys, token, pyotp.TOTP(half.secret).at(NOW), NOW)
    assert half.secret not in stored(database)["shen"]
    assert keys.open(stored(database)["shen"], number) == half.secret


def test_plain_rows_and_those_of_an_older_key_are_sealed_anew_and_a_repeat_changes_nothing(database: Database) -> None:  # noqa: F811
    plain, old = add(database, "plain", SECRET), add(database, "old", "")
    lost = add(database, "lost", "")
    add(database, "none", "")
    with database.write() as session:
        session.get_one(UserRow, old).totp_secret = FactorKeys([OLD]).seal(SECRET, old)
        session.get_one(UserRow, lost).totp_secret = FactorKeys([bytes([2]) * 32]).seal(SECRET, lost)
    keys = FactorKeys([NEW, OLD])
    assert seal_factors(database, keys) == (2, ["lost"])
    found = stored(database)
    assert FactorKeys([NEW]).open(found["plain"], plain) == FactorKeys([NEW]).open(found["old"], old) == SECRET
    assert found["none"] == ""
    assert seal_factors(database, keys) == (0, ["lost"])
    assert stored(database) == found
    with database.read() as session:
        assert next_code(session, FactorKeys([NEW]), "old", NOW) == pyotp.TOTP(SECRET).at(NOW)


def test_a_plain_row_lets_nobody_in_before_it_is_sealed(database: Database) -> None:  # noqa: F811
    """Else who can write a row could plant a secret of their own."""
    number = add(database, "shen", SECRET)
    token = open_session(database, number, NOW, passed=False)
    with pytest.raises(UnreadableFactor):
        pass_second_factor(database, FactorKeys([OLD]), token, pyotp.TOTP(SECRET).at(NOW), NOW)


def test_a_local_run_makes_its_own_file_once_for_its_owner_alone(tmp_path: Path) -> None:
    config = Settings(data_dir=tmp_path / "data")
    sealed = factor_keys(config).seal(SECRET, 1)
    path = tmp_path / "data" / "second-factor.keys"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert factor_keys(config).open(sealed, 1) == SECRET
    path.write_text(f"# newest first\n{new_key()}\n\n{path.read_text()}")
    assert factor_keys(config).open(sealed, 1) == SECRET
    assert factor_keys(config).renewed(sealed, 1) != sealed


@pytest.mark.parametrize("content", [None, "", "# none\n", "short\n", "c2hvcnQ=\n"])
def test_production_makes_no_file_up_and_a_broken_one_is_told(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "keys"
    if content is not None:
        path.write_text(content)
    with pytest.raises(MissingFactorKeys, match="KAIPIAO_SECOND_FACTOR_KEY_FILE"):
        factor_keys(Settings(data_dir=tmp_path, deployment="production", second_factor_key_file=path))
    with pytest.raises(MissingFactorKeys):
        factor_keys(Settings(data_dir=tmp_path / "other", deployment="production"))
    assert not (tmp_path / "other").exists()


def test_the_secrets_of_oas_are_sealed_anew_too_and_a_lost_one_is_told(database: Database) -> None:  # noqa: F811
    first, second = make_customer(database), make_customer(database)
    for customer in (first, second):
        set_oa(database, customer)
    with database.write() as session:
        for customer, key in ((first, OLD), (second, bytes([2]) * 32)):
            row = session.get_one(SignOffRuleRow, customer.enterprise_id)
            row.oa_secret = FactorKeys([key]).seal_text("geheim", secret_name(customer.enterprise_id))
    keys = FactorKeys([NEW, OLD])
    assert seal_secrets(database, keys) == (1, [second.enterprise_id])
    assert seal_secrets(database, keys) == (0, [second.enterprise_id])
    with database.read() as session:
        assert oa_secret_of(session, FactorKeys([NEW]), first.enterprise_id) == "geheim"
