"""Checked batches for tests of lives and steps: kept as the dry run keeps them."""

from datetime import datetime

from domain.batches import BatchKind, BatchRequest, batch_id
from domain.choosing import RecordQuery
from domain.errors import Problem
from domain.messages import Policy
from infra.books.batches import ApplicationPlan, CheckedBatch, CheckedEntry, keep_batch
from infra.database import Database
from tests.factories import Customer, make_record, next_number


def kept_batch(
    database: Database, customer: Customer, entries: tuple[CheckedEntry, ...], now: datetime, kind: BatchKind = BatchKind.APPLICATIONS
) -> BatchRequest:
    """Keep a dry run; what its submission asks for."""
    identity = batch_id(kind, customer.enterprise_id, customer.account_id, repr(entries).encode())
    keep_batch(
        database, CheckedBatch(identity, kind, customer.enterprise_id, customer.account_id, "rows.xlsx", customer.user_id, entries), now
    )
    return BatchRequest(identity, customer.user_id, now, "1.0", "1.0", Policy())


def application_batch(database: Database, customer: Customer, now: datetime) -> BatchRequest:
    """Two rows with a record each, one of them to a new address; one by amount, and a wrong one."""
    records = [make_record(database, customer) for _ in range(3)]
    named = [ApplicationPlan((record,), title_id=customer.title_id, receiver_id=customer.email_id) for record in records[:2]]
    new = ApplicationPlan(named[1].record_ids, title_id=customer.title_id, email="new@shiguang.example")
    amount = ApplicationPlan(
        queries=(RecordQuery(),), limit_fen=5_000, by_amount=True, title_id=customer.title_id, receiver_id=customer.email_id
    )
    return kept_batch(
        database,
        customer,
        (
            CheckedEntry(2, {}, "A-1", next_number(), named[0], amount_fen=10_600, invoices=1),
            CheckedEntry(3, {}, "A-2", next_number(), new, amount_fen=10_600, invoices=1),
            CheckedEntry(4, {}, "A-3", next_number(), amount, amount_fen=5_000, invoices=1),
            CheckedEntry(5, {}, "", next_number(), None, problems=(Problem("reference", "value-missing"),)),
        ),
        now,
    )


def title_batch(database: Database, customer: Customer, now: datetime) -> BatchRequest:
    """A title that a person has to look at, and one that is there already by the time it is added."""
    rows = (
        CheckedEntry(2, {"name": "上海乙公司"}, outcome="pending"),
        CheckedEntry(3, {"name": "北京拾光互动科技有限公司", "tax_id": "91110000600037341L"}, outcome="approved"),
    )
    return kept_batch(database, customer, rows, now, BatchKind.TITLES)
