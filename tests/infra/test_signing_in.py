"""Limits, codes, second factor and sessions, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlmodel import func, select

from domain.access import Role
from domain.errors import Refusal
from infra import codes
from infra.codes import SENT_QUICKLY, TRIES, VALID, CodeWanted, Purpose
from infra.database import Database
from infra.factor_keys import FactorKeys
from infra.limits import Limit, forget, give_back, take, tries_of
from infra.people import check_password, hash_password, open_session, person_of
from infra.second_factor import HALF_OPEN, half_of, next_code, pass_second_factor
from infra.sessions import end_other_sessions, end_session, sessions_of
from infra.tables import CodeRow, SessionRow, UserRow
from tests.fakes import FakePost
from tests.postgres import database  # noqa: F401 - pytest finds fixtures by their names here

NOW = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)
LONGEST = timedelta(hours=12)
KEYS = FactorKeys([bytes(32)])
FIVE = Limit("five", 5, timedelta(minutes=15))
ADDRESS = "13800138826"


def minutes(count: float) -> datetime:
    return NOW + timedelta(minutes=count)


@pytest.fixture
def staff(database: Database) -> int:  # noqa: F811
    return add_person(database, "shen", Role.OPERATOR)


def add_person(database: Database, login: str, role: Role, phone: str = "", email: str = "") -> int:  # noqa: F811
    with database.write() as session:
        user = UserRow(login=login, password_hash="-", name="沈一舟", role=role, phone=phone, email=email)
        session.add(user)
        session.flush()
        assert user.id is not None
        return user.id


# Limits


def test_what_is_used_up_waits_until_the_oldest_is_out_of_the_window(database: Database) -> None:  # noqa: F811
    assert [take(database, [(FIVE, "lin")], minutes(count)).left for count in range(5)] == [4, 3, 2, 1, 0]
    assert take(database, [(FIVE, "lin")], minutes(5)).wait == timedelta(minutes=10)
    assert not take(database, [(FIVE, "gu")], minutes(5)).wait
    assert not take(database, [(FIVE, "lin")], minutes(15.1)).wait
    assert take(database, [(FIVE, "lin")], minutes(15.2)).wait


def test_a_refused_try_is_noted_nowhere_and_a_right_one_does_not_count(database: Database) -> None:  # noqa: F811
    one, other = Limit("one", 1, timedelta(minutes=15)), Limit("other", 9, timedelta(minutes=15))
    taken = take(database, [(one, "lin"), (other, "net")], NOW)
    assert take(database, [(one, "lin"), (other, "net")], NOW).wait
    assert tries_of(database, other, "net", NOW) == 1
    give_back(database, taken)
    assert tries_of(database, other, "net", NOW) == tries_of(database, one, "lin", NOW) == 0


def test_a_hundred_tries_at_once_are_no_more_than_allowed(database: Database) -> None:  # noqa: F811
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: take(database, [(FIVE, "lin"), (FIVE, "net")], NOW).wait, range(40)))
    assert sum(not wait for wait in found) == 5
    forget(database, FIVE, "lin")
    assert tries_of(database, FIVE, "lin", NOW) == 0
    assert tries_of(database, FIVE, "net", NOW) == 5


def test_a_name_of_any_length_has_its_place(database: Database) -> None:  # noqa: F811
    long, longer = "x" * 500, "x" * 501
    for _ in range(5):
        take(database, [(FIVE, long)], NOW)
    assert take(database, [(FIVE, long)], NOW).wait
    assert not take(database, [(FIVE, longer)], NOW).wait


# Codes


def send(database: Database, post: FakePost, at: datetime = NOW, purpose: Purpose = Purpose.SIGN_IN, **more: bool) -> None:  # noqa: F811
    codes.send(database, post, CodeWanted(purpose, ADDRESS, "zh", "10.0.0.1", **more), at, 100)


def check(database: Database, code: str, at: datetime = NOW, purpose: Purpose = Purpose.SIGN_IN, address: str = ADDRESS) -> None:  # noqa: F811
    codes.check(database, purpose, address, code, at, "10.0.0.1")


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_code_counts_once(database: Database) -> None:  # noqa: F811
    post = FakePost()
    send(database, post)
    code = post.code_to(ADDRESS)
    check(database, f" {code[:3]} {code[3:]} ")
    with pytest.raises(Refusal, match="code-wrong"):
        check(database, code)


def test_a_code_used_at_once_by_many_counts_once(database: Database) -> None:  # noqa: F811
    post = FakePost()
    send(database, post)
    code = post.code_to(ADDRESS)

    def use(_number: int) -> bool:
        try:
            check(database, code)
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(4))) == 1


@pytest.mark.parametrize(
    "other",
    [{"purpose": Purpose.RESET}, {"address": "13800138827"}, {"at": NOW + VALID + timedelta(seconds=1)}],
    ids=["purpose", "address", "age"],
)
def test_a_code_is_for_one_purpose_one_address_and_five_minutes(database: Database, other: dict[str, object]) -> None:  # noqa: F811
    post = FakePost()
    send(database, post)
    with pytest.raises(Refusal, match="code-wrong"):
        check(database, post.code_to(ADDRESS), **other)  # type: ignore[arg-type]


def test_five_wrong_tries_end_a_code(database: Database) -> None:  # noqa: F811
    post = FakePost()
    send(database, post)
    code = post.code_to(ADDRESS)
    for _ in range(TRIES):
        with pytest.raises(Refusal, match="code-wrong"):
            check(database, wrong(code))
    with pytest.raises(Refusal, match="code-wrong"):
        check(database, code)


def test_a_new_code_ends_the_older_one(database: Database) -> None:  # noqa: F811
    post = FakePost()
    send(database, post)
    old = post.code_to(ADDRESS)
    send(database, post)
    new = post.code_to(ADDRESS)
    if old != new:
        with pytest.raises(Refusal, match="code-wrong"):
            check(database, old)
    check(database, new)


def test_only_the_hash_of_a_code_is_stored(database: Database) -> None:  # noqa: F811
    post = FakePost()
    send(database, post)
    with database.read() as session:
        row = session.exec(select(CodeRow)).one()
    assert post.code_to(ADDRESS) not in row.code_hash
    assert len(row.code_hash) == 64


def test_an_address_of_nobody_is_told_so_there_and_gets_no_code(database: Database) -> None:  # noqa: F811
    post = FakePost()
    send(database, post, known=False)
    assert [address for address, _ in post.sent] == [ADDRESS]
    with pytest.raises(AssertionError):
        post.code_to(ADDRESS)


def test_sending_is_limited_for_each_address_and_over_all(database: Database) -> None:  # noqa: F811
    post = FakePost()
    for _ in range(SENT_QUICKLY.most):
        send(database, post)
    with pytest.raises(Refusal, match="code-wait"):
        send(database, post)
    send(database, post, NOW + SENT_QUICKLY.within + timedelta(seconds=1))
    with pytest.raises(Refusal, match="code-wait"):
        codes.send(database, post, CodeWanted(Purpose.RESET, "a@b.cn", "en", "10.0.0.2"), NOW, len(post.sent))


def test_a_code_that_was_not_sent_is_told_and_is_none(database: Database) -> None:  # noqa: F811
    with pytest.raises(Refusal, match="code-not-sent"):
        send(database, FakePost(down=True))
    with database.read() as session:
        assert session.exec(select(CodeRow)).one().used_at is not None


# Passwords


@pytest.mark.parametrize("login", ["lin", "lin@shiguang.example", "LIN@Shiguang.example", "+86 138 0013 8826"])
def test_log_in_confirmed_mail_and_confirmed_number_all_name_the_person(database: Database, login: str) -> None:  # noqa: F811
    user_id = add_person(database, "lin", Role.CUSTOMER_MASTER, phone=ADDRESS, email="lin@shiguang.example")
    with database.write() as session:
        session.get_one(UserRow, user_id).password_hash = hash_password("correct horse 9")
    assert check_password(database, login, "correct horse 9") == user_id
    assert check_password(database, login, "correct horse 8") is None


def test_an_unconfirmed_address_an_ended_person_and_an_empty_hash_let_nobody_in(database: Database) -> None:  # noqa: F811
    user_id = add_person(database, "lin", Role.CUSTOMER_MASTER, phone=ADDRESS)
    with database.write() as session:
        user = session.get_one(UserRow, user_id)
        user.password_hash, user.phone_confirmed = hash_password("correct horse 9"), False
    assert check_password(database, ADDRESS, "correct horse 9") is None
    with database.write() as session:
        session.get_one(UserRow, user_id).disabled = True
    assert check_password(database, "lin", "correct horse 9") is None
    with database.write() as session:
        user = session.get_one(UserRow, user_id)
        user.disabled, user.password_hash = False, ""
    assert check_password(database, "lin", "") is None


# The second factor


def factor_set_up(database: Database, staff: int) -> str:  # noqa: F811
    """The key, after a first sign-in long ago."""
    early = NOW - timedelta(days=1)
    token = open_session(database, staff, early, passed=False)
    half = half_of(database, token, early)
    assert half is not None
    assert half.secret
    assert pass_second_factor(database, KEYS, token, pyotp.TOTP(half.secret).at(early), early)
    return half.secret


def test_a_half_signed_in_browser_is_nobody_until_the_code_and_gets_another_cookie(database: Database, staff: int) -> None:  # noqa: F811
    token = open_session(database, staff, NOW, passed=False)
    assert person_of(database, token, NOW, LONGEST) is None
    half = half_of(database, token, NOW)
    assert half is not None
    assert "shen" in half.address
    assert half.picture.startswith("<svg")
    assert pass_second_factor(database, KEYS, token, "000000", NOW) is None
    whole = pass_second_factor(database, KEYS, token, pyotp.TOTP(half.secret).at(NOW), NOW)
    assert whole not in {None, token}
    person = person_of(database, whole or "", NOW, LONGEST)
    assert person is not None
    assert person.login == "shen"
    assert person_of(database, token, NOW, LONGEST) is None
    assert half_of(database, token, NOW) is None


def test_the_offered_key_is_the_browsers_own_and_goes_with_it(database: Database, staff: int) -> None:  # noqa: F811
    one, other = (open_session(database, staff, NOW, passed=False) for _ in range(2))
    halves = [half_of(database, token, NOW) for token in (one, one, other)]
    assert halves[0] == halves[1]
    assert halves[0] is not None
    assert halves[2] is not None
    assert halves[0].secret != halves[2].secret
    with database.read() as session:
        assert session.get_one(UserRow, staff).totp_secret == ""


def test_no_code_counts_twice_nor_an_older_one_after_it(database: Database, staff: int) -> None:  # noqa: F811
    secret = factor_set_up(database, staff)

    def try_code(code: str) -> bool:
        return pass_second_factor(database, KEYS, open_session(database, staff, NOW, passed=False), code, NOW) is not None

    totp = pyotp.TOTP(secret)
    assert try_code(totp.at(NOW))
    assert not try_code(totp.at(NOW))
    assert not try_code(totp.at(NOW - timedelta(seconds=30)))
    assert try_code(totp.at(NOW + timedelta(seconds=30)))
    assert not try_code(totp.at(NOW + timedelta(seconds=60)))


def test_one_code_in_many_browsers_at_once_lets_one_in(database: Database, staff: int) -> None:  # noqa: F811
    code = pyotp.TOTP(factor_set_up(database, staff)).at(NOW)
    tokens = [open_session(database, staff, NOW, passed=False) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda token: pass_second_factor(database, KEYS, token, code, NOW), tokens))
    assert sum(token is not None for token in found) == 1


def test_the_password_alone_is_remembered_for_ten_minutes(database: Database, staff: int) -> None:  # noqa: F811
    code = pyotp.TOTP(factor_set_up(database, staff)).at(NOW + HALF_OPEN)
    token = open_session(database, staff, NOW - timedelta(seconds=1), passed=False)
    assert half_of(database, token, NOW + HALF_OPEN) is None
    assert pass_second_factor(database, KEYS, token, code, NOW + HALF_OPEN) is None


def test_the_code_for_a_local_run_is_one_that_is_taken(database: Database, staff: int) -> None:  # noqa: F811
    factor_set_up(database, staff)
    for expected in (True, True, False):
        with database.read() as session:
            code = next_code(session, KEYS, "shen", NOW)
        assert (code is not None) is expected
        if code:
            assert pass_second_factor(database, KEYS, open_session(database, staff, NOW, passed=False), code, NOW)


# Sessions


def test_sessions_are_listed_and_ended_by_their_owner_alone(database: Database, staff: int) -> None:  # noqa: F811
    other = add_person(database, "xu", Role.REVIEWER)
    mine = [open_session(database, staff, NOW, address=f"10.0.0.{number}", browser=f"b{number}") for number in range(3)]
    theirs = open_session(database, other, NOW)
    with database.read() as session:
        listed = sessions_of(session, staff, mine[1], NOW, LONGEST)
        [foreign] = sessions_of(session, other, theirs, NOW, LONGEST)
    assert [(each.browser, each.address, each.since) for each in listed if each.is_this] == [("b1", "10.0.0.1", NOW)]
    assert listed[0].is_this
    assert len({each.public_id for each in listed}) == 3
    assert not end_session(database, staff, foreign.public_id)
    assert not end_session(database, staff, "")
    assert end_session(database, staff, listed[1].public_id)
    assert end_other_sessions(database, staff, mine[1])
    with database.read() as session:
        assert session.exec(select(func.count()).select_from(SessionRow)).one() == 2
    assert person_of(database, mine[1], NOW, LONGEST) is not None
    assert person_of(database, theirs, NOW, LONGEST) is not None
