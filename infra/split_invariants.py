"""I8 and I9 of splits: the invoices of an application are the ones that were reserved, and add up to it to the fen."""

from collections import defaultdict

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from domain.splitting import PlannedInvoice, plan_digest
from infra.books.issuing import lines_of
from infra.tables import ApplicationRow, InvoiceRow

_SUMS = {
    "lines": """SELECT v.id AS invoice, v.net_fen, v.tax_fen, v.total_fen, SUM(l.net_fen) AS net_of_lines, SUM(l.tax_fen) AS tax_of_lines
        FROM invoice v LEFT JOIN invoice_line l ON l.invoice_id = v.id GROUP BY v.id, v.net_fen, v.tax_fen, v.total_fen
        HAVING v.net_fen + v.tax_fen <> v.total_fen OR COALESCE(SUM(l.net_fen), 0) <> v.net_fen
        OR COALESCE(SUM(l.tax_fen), 0) <> v.tax_fen""",
    "records": """SELECT v.id AS invoice, v.total_fen, COALESCE(SUM(i.amount_fen), 0) AS of_records
        FROM invoice v LEFT JOIN application_item i ON i.invoice_id = v.id
        WHERE EXISTS (SELECT 1 FROM application_item t WHERE t.application_number = v.application_number)
        GROUP BY v.id, v.total_fen
        HAVING COALESCE(SUM(i.amount_fen), 0) <> v.total_fen""",
    "application": """SELECT a.number AS application, a.amount_fen, SUM(v.total_fen) AS of_invoices
        FROM application a JOIN invoice v ON v.application_number = a.number GROUP BY a.number, a.amount_fen
        HAVING SUM(v.total_fen) <> a.amount_fen""",
    "foreign": """SELECT v.id AS invoice, r.id AS record FROM application_item i JOIN invoice v ON v.id = i.invoice_id
        JOIN consumption_record r ON r.id = i.record_id WHERE r.entity <> v.entity OR r.rate_bp <> v.rate_bp""",
}


def splits_add_up(session: Session) -> list[str]:
    """I8, I9: lines make their invoice, records too; invoices make their application; all are of one entity and rate."""
    found = []
    for statement in _SUMS.values():
        result = session.connection().execute(text(statement))
        names = list(result.keys())
        found += [", ".join(f"{name} {value}" for name, value in zip(names, row, strict=True)) for row in result]
    return found


def splits_are_as_reserved(session: Session) -> list[str]:
    """I9-plan: the invoices of an application have the lines that its reservation worked out and the customer saw."""
    wanted = dict(session.exec(select(ApplicationRow.number, ApplicationRow.plan_digest).where(ApplicationRow.plan_digest != "")).all())
    made: dict[str, list[PlannedInvoice]] = defaultdict(list)
    rows = session.exec(select(InvoiceRow).order_by(func.length(InvoiceRow.id), col(InvoiceRow.id)))
    for row in rows:
        if row.application_number in wanted:
            made[row.application_number].append(PlannedInvoice(row.entity, row.rate_bp, lines_of(session, row.id), ()))
    return [f"{number}: other invoices than were reserved" for number, plan in made.items() if plan_digest(plan) != wanted[number]]
