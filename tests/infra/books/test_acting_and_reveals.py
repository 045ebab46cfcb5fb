"""Acting for a customer and showing masked values, on both databases: the deed and its note stand together."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from domain.access import ACTING, ACTING_FOR, Right
from domain.errors import Refusal
from infra.acting import begin_acting, end_acting, find_customers, note_acted
from infra.audit import broken_entries
from infra.database import Database
from infra.people import open_session, person_of
from infra.queries.audit import AuditFilter, audit_page
from infra.reveals import reveal
from infra.tables import AuditRow, UserRow
from tests.factories import make_customer

NOW = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)
DAY = timedelta(hours=12)
REASON = "来电：客户看不到发票"


def make_service(database: Database) -> tuple[int, str]:
    """Somebody of customer service, signed in: id and the cookie's value."""
    with database.write() as session:
        user = UserRow(login="service", password_hash="-", name="何静", role="customer-service")
        session.add(user)
        session.flush()
        number = user.id
    assert number is not None
    return number, open_session(database, number, NOW)


def test_acting_begins_and_ends_with_the_customers_rights_and_the_staffs_id(database: Database) -> None:
    customer = make_customer(database)
    staff, token = make_service(database)
    with database.read() as session:
        assert customer.enterprise_id in {each.id for each in find_customers(session, "拾光")}
        assert find_customers(session, "%") == []
    assert begin_acting(database, token, staff, customer.enterprise_id, REASON, NOW)
    person = person_of(database, token, NOW, DAY)
    assert person is not None
    assert (person.id, person.enterprise_id, person.rights) == (staff, customer.enterprise_id, ACTING)
    note_acted(database, staff, customer.enterprise_id, "/titles", REASON, NOW)
    end_acting(database, token, staff, NOW)
    end_acting(database, token, staff, NOW)
    again = person_of(database, token, NOW, DAY)
    assert again is not None
    assert again.enterprise_id is None
    with database.read() as session:
        page = audit_page(session, AuditFilter(who="何静", first_day=NOW.date(), last_day=NOW.date()))
        assert [each.action for each in page.entries] == ["act-for-end", "acted-for", "act-for"]
        assert {row.action for row in session.exec(select(AuditRow))} == {"act-for", "act-for-end", "acted-for"}


def test_it_ends_by_itself_and_with_the_right(database: Database) -> None:
    customer = make_customer(database)
    staff, token = make_service(database)
    begin_acting(database, token, staff, customer.enterprise_id, REASON, NOW)
    for later, acts in ((timedelta(minutes=29), True), (ACTING_FOR, False)):
        person = person_of(database, token, NOW + later, DAY)
        assert person is not None
        assert (person.acting_for is not None) is acts
    with database.write() as session:
        session.get_one(UserRow, staff).role = "operator"
    person = person_of(database, token, NOW + timedelta(minutes=29), DAY)
    assert person is not None
    assert person.acting_for is None
    assert not person.may(Right.APPLY)


def test_a_session_of_somebody_else_cannot_be_made_to_act(database: Database) -> None:
    customer = make_customer(database)
    staff, token = make_service(database)
    assert not begin_acting(database, token, customer.user_id, customer.enterprise_id, REASON, NOW)
    assert not begin_acting(database, "no such token", staff, customer.enterprise_id, REASON, NOW)
    assert not begin_acting(database, token, staff, 987654, REASON, NOW)
    with database.read() as session:
        assert session.exec(select(AuditRow)).all() == []


def test_a_value_is_shown_with_its_note_or_not_at_all(database: Database) -> None:
    customer = make_customer(database)
    staff, _token = make_service(database)
    subject = f"receiver:{customer.postal_id}"
    with pytest.raises(Refusal):
        reveal(database, staff, subject, "phone", "", NOW)
    assert reveal(database, staff, subject, "kind", REASON, NOW) is None
    assert reveal(database, staff, subject, "phone", REASON, NOW) == "13800008826"
    with database.read() as session:
        (row,) = session.exec(select(AuditRow)).all()
        assert (row.tenant, row.action, row.subject, row.reason) == (customer.enterprise_id, "reveal", subject, REASON)
        assert "13800008826" not in row.facts
        assert broken_entries(session, customer.enterprise_id) == []
