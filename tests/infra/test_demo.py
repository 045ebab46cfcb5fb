"""The demo's data: valid, complete, and the same however often it is made."""

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func
from sqlmodel import col, delete, select

from domain.access import Role
from domain.focus import ChargeCategory
from domain.focus_file import read_focus
from domain.invoices import InvoiceKind, Party
from domain.messages import Policy
from domain.tax_ids import check_tax_id
from domain.titles import title_problems
from infra.database import Database
from infra.demo.authentications import NUMBER, drawn_licence, seed_authentication
from infra.demo.companies import CLASSES, ENTERPRISES, ENTITIES, PEOPLE, XIAOMAN, XINGZHU
from infra.demo.people import log_ins, seed
from infra.demo.sample import SELLER, sample_csv
from infra.demo.tickets import ANSWERED, WAITING, seed_tickets
from infra.demo.titles import NOTE, REFUSED, seed_titles
from infra.demo.titles import WAITING as WAITING_TITLE
from infra.settings import settings
from infra.tables import (
    AccountRow,
    AuthenticationRow,
    EnterpriseRow,
    EntityRow,
    ExchangeRateRow,
    ReceiverRow,
    ServiceClassRow,
    TicketMessageRow,
    TicketRow,
    TitleRow,
    UserRow,
)
from infra.titles import remove_title
from tests.fakes import FakeAttachments
from tests.postgres import database  # noqa: F401 - pytest finds fixtures by their names here

TODAY = date(2026, 11, 21)
TABLES = (AccountRow, EnterpriseRow, EntityRow, ExchangeRateRow, ReceiverRow, ServiceClassRow, TitleRow, UserRow)


def counts(database: Database) -> list[int]:  # noqa: F811
    with database.read() as session:
        return [session.exec(select(func.count()).select_from(table)).one() for table in TABLES]


def test_tax_ids_pass_both_check_digits_and_titles_suit_special_invoices() -> None:
    parties = [Party(e.name, e.tax_id, e.address, e.phone, e.bank, e.bank_account) for e in ENTITIES]
    parties += [Party(t.name, t.tax_id, t.address, t.phone, t.bank, t.bank_account) for e in ENTERPRISES for t in e.titles]
    for party in parties:
        assert title_problems(party, InvoiceKind.SPECIAL) == ()
        assert check_tax_id(party.tax_id).warning is None
    assert len({party.tax_id for party in parties}) == len(parties)
    assert all(len(row.classification_code) == 19 for row in CLASSES)
    assert all(entity.tax_id[2:4] == entity.province for entity in ENTITIES)


def test_seeding_again_changes_nothing_and_hashes_no_password(database: Database) -> None:  # noqa: F811
    hashed: list[str] = []

    def hash_password(password: str) -> str:
        hashed.append(password)
        return f"hash of {password}"

    for _ in range(2):
        seed(database, TODAY, hash_password, password="secret")
    assert hashed == ["secret"] * len(PEOPLE)
    before = counts(database)
    assert min(before) > 0
    seed(database, TODAY, str)
    assert counts(database) == before


def test_a_later_day_adds_its_rates_and_a_deleted_title_stays_deleted(database: Database) -> None:  # noqa: F811
    seed(database, TODAY, str)
    with database.write() as session:
        session.execute(delete(TitleRow).where(col(TitleRow.is_default)))
    before = counts(database)
    seed(database, date(2026, 11, 24), str)
    added = [after - was for after, was in zip(counts(database), before, strict=True)]
    assert added == [2 if table is ExchangeRateRow else 0 for table in TABLES]  # Monday and Tuesday


def test_there_is_a_user_of_every_role_and_two_reviewers(database: Database) -> None:  # noqa: F811
    seed(database, TODAY, str)
    with database.read() as session:
        roles = Counter(session.exec(select(UserRow.role)))
        master = session.exec(select(UserRow).where(UserRow.login == "lin")).one()
        account = session.get(AccountRow, master.account_id)
    assert set(roles) == {str(role) for role in Role}
    assert roles[Role.REVIEWER] == 2
    assert account is not None
    assert (master.name, account.is_master, account.enterprise_id) == ("林澈", True, master.enterprise_id)
    assert [log_in.login for log_in in log_ins()] == [person.login for person in PEOPLE]


@pytest.mark.parametrize("today", [TODAY, date(2026, 12, 1), date(2026, 12, 2), date(2026, 12, 3), date(2027, 1, 1), date(2028, 2, 29)])
def test_the_sample_has_every_kind_of_row_on_every_day_of_the_year(today: date) -> None:
    content = sample_csv(today, 300)
    assert content == sample_csv(today, 300)
    assert content != sample_csv(today, 300, seed=1)
    file = read_focus(content)
    assert (file.problem_count, file.row_count) == (0, 300)
    lines = file.lines
    assert {line.charge_category for line in lines} == set(ChargeCategory)
    assert {line.currency for line in lines} == {"CNY", "USD"}
    assert {line.issuer for line in lines} == {entity.name for entity in ENTITIES}
    assert {line.sub_account_id for line in lines} == {account.sub_account_id for e in (*ENTERPRISES, XINGZHU) for account in e.accounts}
    assert any(line.publisher == SELLER for line in lines)
    assert any(line.publisher in {e.name for e in ENTITIES} and line.publisher != line.issuer for line in lines)
    assert any(line.voucher_cost for line in lines)
    assert any(line.original_order_number in {other.order_number for other in lines} for line in lines if line.original_order_number)
    assert any(line.billed_cost < 0 and not line.original_order_number for line in lines)
    assert any(abs(line.billed_cost) < Decimal("0.01") or line.billed_cost.as_tuple().exponent < -4 for line in lines)  # type: ignore[operator]
    assert len({line.period for line in lines}) >= 3
    assert max(line.day for line in lines) <= today


def test_an_order_number_is_on_one_row_only() -> None:
    orders = Counter(line.order_number for line in read_focus(sample_csv(TODAY)).lines if line.order_number)
    repeated = {order for order, count in orders.items() if count > 1}
    assert not repeated


def test_the_tickets_are_made_once_and_stay_as_people_leave_them(database: Database) -> None:  # noqa: F811
    seed(database, TODAY, lambda password: f"hash of {password}")
    now = datetime(2026, 11, 21, 4, tzinfo=UTC)
    assert [seed_tickets(database, now) for _ in range(2)] == [True, False]
    with database.read() as session:
        states = {row.number: row.state for row in session.exec(select(TicketRow))}
        assert states == {WAITING: "open", ANSWERED: "answered"}
        assert session.exec(select(func.count()).select_from(TicketMessageRow)).one() == 4


def test_one_title_waits_and_one_is_refused_until_people_change_them(database: Database) -> None:  # noqa: F811
    seed(database, TODAY, str)
    now = datetime(2026, 11, 21, 4, tzinfo=UTC)
    seed_titles(database, now)
    with database.read() as session:
        titles = {row.name: row for row in session.exec(select(TitleRow).where(TitleRow.state != "approved"))}
    assert {name: row.state for name, row in titles.items()} == {WAITING_TITLE.name: "pending", REFUSED.name: "refused"}
    assert NOTE in titles[REFUSED.name].refusal
    refused = titles[REFUSED.name]
    remove_title(database, refused.enterprise_id, refused.id or 0, now)
    before = counts(database)
    seed_titles(database, now)
    assert counts(database) == before


def test_an_authentication_begins_once_and_stays_as_people_leave_it(database: Database) -> None:  # noqa: F811
    seed(database, TODAY, str)
    now = datetime(2026, 11, 21, 4, tzinfo=UTC)
    store, font = FakeAttachments(), settings().font_regular
    begun = [seed_authentication(database, store, font, Policy(), now) for _ in range(2)]
    assert [each and each.number for each in begun] == [NUMBER, NUMBER]  # its life has not begun: it is started again, to no effect
    with database.write() as session:
        row = session.get_one(AuthenticationRow, NUMBER)
        assert (row.name, row.licence_number, row.state) == (XIAOMAN.name, XIAOMAN.tax_id, "submitted")
        assert store.read(row.picture) == drawn_licence(font)
        row.state = "refused"
    assert seed_authentication(database, store, font, Policy(), now) is None
