"""A short cut through the fault matrix, on running parts: the cells that would cost money first."""

from collections.abc import AsyncIterator

import pytest
from sqlmodel import select

from infra.books.issuing import blue_request
from infra.tables import InvoiceRow, LedgerEntryRow
from tests.campaigns.faults import run_cell
from tests.campaigns.field import Field, field_of, until

pytestmark = [pytest.mark.serial, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
async def ground() -> AsyncIterator[Field]:
    async with field_of(seed=1) as made:
        yield made


async def test_a_worker_killed_in_the_middle_of_issuing_leaves_one_number_one_document_and_one_ledger_entry(ground: Field) -> None:
    """S8.K1 in forget mode: the bureau has issued and would issue again, and the answer never reached us."""
    ground.lives = []
    (life,) = await ground.reviewing(1)
    ground.order("late", life.invoice_id, seconds=600)
    await ground.approve([life])
    await until(lambda: ground.in_book({life.invoice_id}) == 1, "the number in the bureau's book")
    ground.crash("worker")
    assert ground.invoices([life])[life.number].number is None
    ground.clear_faults()
    ground.revive("worker")

    await ground.reach([life], ground.stored, "the issued and mailed invoice")

    (entry,) = [record for record in ground.book() if record.request_id == life.invoice_id]
    with ground.database.read() as session:
        invoice = session.get_one(InvoiceRow, life.invoice_id)
        postings = session.exec(
            select(LedgerEntryRow.bucket, LedgerEntryRow.amount_fen).where(LedgerEntryRow.cause == f"issue:{life.invoice_id}")
        ).all()
    assert invoice.number == entry.number
    assert sorted(postings) == [("invoiced", invoice.total_fen), ("reserved", -invoice.total_fen)]
    assert documents_of(ground, invoice.number) == 1
    assert await ground.check() == []


def documents_of(ground: Field, number: str | None) -> int:
    """How many different PDFs in the store carry this number as their title, whichever row points to them."""
    from infra.store import s3_client

    config = ground.stack.settings
    client = s3_client(
        config.s3_endpoint, config.s3_region, config.s3_access_key.get_secret_value(), config.s3_secret_key.get_secret_value()
    )
    listed = client.list_objects_v2(Bucket=config.s3_bucket).get("Contents", [])
    keys = [item["Key"] for item in listed if item["Key"].endswith(".xml")]
    wanted = (number or "none").encode()
    return sum(wanted in client.get_object(Bucket=config.s3_bucket, Key=key)["Body"].read() for key in keys)


@pytest.mark.parametrize(("cell", "struck"), [("S8.TO", 2), ("S3.RO", 2), ("S12.RO", 10)])
async def test_the_cell_holds(ground: Field, cell: str, struck: int) -> None:
    result = await run_cell(ground, cell, lives=3, strikes=[struck])
    assert (result.failure, result.violations) == ("", [])
    assert result.recovery_s <= 60


async def test_a_second_number_for_one_request_is_seen(ground: Field) -> None:
    """The check can fail. It spoils the books, so it stands last."""
    ground.lives = []
    (life,) = await ground.issued(1)
    assert await ground.check() == []
    with ground.database.read() as session:
        request = blue_request(session, session.get_one(InvoiceRow, life.invoice_id))

    ground.bureau.ask(request)

    found = await ground.check()
    assert found
    assert all(sentence.startswith("I6: ") and life.invoice_id in sentence for sentence in found)
