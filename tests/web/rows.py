"""Rows for pages to show: valid by default, override what matters."""

import json
from datetime import UTC, date, datetime
from typing import Any

from domain.calendar import china_date
from domain.consents import agreed_value, editions_to_agree
from domain.ledger import Bucket, Posting, home_of
from infra.books.import_report import ImportReport
from infra.books.ledger import place_of, post
from infra.books.statements import make_statements
from infra.database import Database
from infra.tables import (
    ApplicationRow,
    ConsumptionRecordRow,
    EntityRow,
    ImportBatchRow,
    InvoiceLineRow,
    InvoiceRow,
    LifeEventRow,
    NoteRow,
    ReceiverRow,
    TitleRow,
)
from tests.factories import is_in_open_month

NOW = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)
BATCH = "0" * 64
AGREED = agreed_value(editions_to_agree(china_date(NOW)))
"""What the tick of a form of today sends."""


def add_catalogue(database: Database) -> None:
    """Two issuing entities (SH issues electronically only), a title and receivers for enterprise 1."""
    with database.write() as session:
        session.add(EntityRow(code="HZ", name="青屿云计算（杭州）有限公司", issuer_name="HZ", tax_id="91330106MA8F6C1D3W", province="33"))
        session.add(
            EntityRow(
                code="SH", name="青屿数据（上海）有限公司", issuer_name="SH", tax_id="91310115MA1K4T7X2R", province="31", offers_paper=False
            )
        )
        report = ImportReport(BATCH, "bill.csv", 1, records=1).to_json()
        session.add(ImportBatchRow(id=BATCH, file_name="bill.csv", lines=1, records=1, imported_at=NOW, totals="{}", report=report))
        session.add(
            TitleRow(id=1, enterprise_id=1, name="北京拾光互动科技有限公司", tax_id="91110105MA7K3R2P5R", is_default=True, created_at=NOW)
        )
        session.add(ReceiverRow(id=1, enterprise_id=1, kind="email", email="finance@shiguang.cn", is_default=True, created_at=NOW))
        session.add(
            ReceiverRow(
                id=2,
                enterprise_id=1,
                kind="postal",
                recipient="林澈",
                phone="13800138826",
                address="北京市朝阳区望京东路 6 号",
                created_at=NOW,
            )
        )


def add_record(database: Database, identity: int, fen: int = 106_00, *, opened: bool = True, **values: Any) -> int:
    """A consumption record that can be invoiced, with its postings; not `opened` when its month's statement is not made."""
    row: dict[str, Any] = {
        "id": identity,
        "batch_id": BATCH,
        "natural_key": str(identity),
        "enterprise_id": 1,
        "account_id": 1,
        "entity": "HZ",
        "rate_bp": 600,
        "service": f"云服务器 {identity}",
        "category": "信息技术服务",
        "classification_code": "3040203000000000000",
        "day": date(2026, 10, 15),
        "period": "2026-10",
        "gross_fen": fen,
        "invoiceable_fen": fen,
        **values,
    }
    record = ConsumptionRecordRow(**row)
    place = place_of(record)
    with database.write() as session:
        session.add(record)
        session.flush()
        bucket = home_of(seller=record.seller, assisted=record.assisted, opened=is_in_open_month(session, record), expired=record.expired)
        postings = [
            Posting(place, Bucket.CONSUMED, -record.gross_fen),
            Posting(place, bucket, record.invoiceable_fen),
            Posting(place, Bucket.EXCLUDED, record.excluded_fen),
        ]
        post(session, f"import:{identity}", postings, NOW)
        if opened and not record.seller and record.original_id is None:
            make_statements(session, record.period, [record.enterprise_id], NOW)
    return identity


def add_application(database: Database, number: str, state: str = "reviewing", **values: Any) -> None:
    row: dict[str, Any] = {
        "number": number,
        "enterprise_id": 1,
        "account_id": 1,
        "applicant_id": 1,
        "state": state,
        "kind": "special",
        "medium": "electronic",
        "title_id": 1,
        "title_name": "北京拾光互动科技有限公司",
        "title_tax_id": "91110105MA7K3R2P5R",
        "receiver_id": 1,
        "amount_fen": 106_00,
        "submitted_at": NOW,
        "promised_at": datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
        **values,
    }
    with database.write() as session:
        session.add(ApplicationRow(**row))
        session.add(
            LifeEventRow(life=f"application:{number}", key="reserved", at=NOW, kind="reserved", facts=json.dumps({"amount_fen": 106_00}))
        )


def add_invoice(database: Database, number: str, state: str = "issued", **values: Any) -> str:
    """An invoice of the application with this number, issued on 2026-11-13."""
    identity = f"{number}-1"
    row: dict[str, Any] = {
        "id": identity,
        "application_number": number,
        "enterprise_id": 1,
        "account_id": 1,
        "entity": "HZ",
        "rate_bp": 600,
        "kind": "special",
        "medium": "electronic",
        "state": state,
        "delivery": "sent",
        "net_fen": 100_00,
        "tax_fen": 6_00,
        "total_fen": 106_00,
        "created_at": NOW,
        "number": "26332000000418203947",
        "issued_at": datetime(2026, 11, 13, 1, 12, tzinfo=UTC),
        "issued_on": date(2026, 11, 13),
        "window_closes_at": datetime(2026, 12, 13, 16, 0, tzinfo=UTC),
        "pdf_sha256": "a" * 64,
        "xml_sha256": "b" * 64,
        **values,
    }
    with database.write() as session:
        session.add(InvoiceRow(**row))
        session.flush()
        session.add(
            InvoiceLineRow(
                invoice_id=identity,
                position=1,
                name="云服务器",
                category="信息技术服务",
                classification_code="3040203000000000000",
                net_fen=100_00,
                tax_fen=6_00,
                rate_bp=600,
            )
        )
    return identity


def add_note(database: Database, life: str, key: str, kind: str, *, taken: bool, code: str = "") -> None:
    with database.write() as session:
        session.add(NoteRow(life=life, key=key, kind=kind, by=1, taken=taken, code=code, at=NOW))
