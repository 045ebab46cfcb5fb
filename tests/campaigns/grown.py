"""Databases in which one customer has many records, built by the database itself: a thousand, or a million."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text

from domain.calendar import period_of
from infra.books.import_report import ImportReport
from infra.books.statements import make_statements
from infra.database import Database
from tests.factories import Customer, make_entities

ACCOUNTS = 8
"""Beside the master account."""
LINES = """
SELECT setval(quote_ident(sequencename)::regclass, 1000) FROM pg_sequences WHERE schemaname = 'public';
INSERT INTO import_batch (id, file_name, lines, records, imported_at, totals, report)
VALUES (repeat('3', 64), 'grown.csv', :records, :records, now(), '{}', :report);
UPDATE enterprise SET consolidated_since = now() WHERE id = :enterprise;
INSERT INTO account (enterprise_id, sub_account_id, name, is_master)
SELECT :enterprise, 'grown-' || n, 'Account ' || n, false FROM generate_series(1, :accounts) n;
INSERT INTO consumption_record (batch_id, natural_key, enterprise_id, account_id, entity, rate_bp, service, category,
  classification_code, unit, day, period, order_number, original_order_number, description, seller, gross_fen, excluded_fen,
  voucher_fen, invoiceable_fen, reserved_fen, invoiced_fen, remainder, original_id, expired)
SELECT repeat('3', 64), 'grown-' || n, :enterprise,
  CASE WHEN n % 2 = 0 THEN :master ELSE (SELECT min(id) FROM account WHERE sub_account_id LIKE 'grown-%') + n % :accounts END,
  CASE WHEN n % 5 = 0 THEN 'SH' ELSE 'HZ' END, CASE WHEN n % 3 = 0 THEN 900 ELSE 600 END, 'Service ' || n % 40, '信息技术服务',
  '3040203000000000000', '项', d.day, to_char(d.day, 'YYYY-MM'), CASE WHEN n % 7 = 0 THEN lpad(n::text, 18, '1') ELSE '' END, '', '',
  CASE WHEN n % 50 = 7 THEN 'Seller' ELSE '' END, 10000 + n % 900 + v.excluded, v.excluded, v.excluded, 10000 + n % 900, 0, 0, '0', NULL,
  d.day < :earliest AND n % 50 <> 7
FROM generate_series(1, :records) n
CROSS JOIN LATERAL (SELECT CAST(:today AS date) - (n % 240)::int AS day) d
CROSS JOIN LATERAL (SELECT CASE WHEN n % 100 = 3 THEN 500 ELSE 0 END AS excluded) v;
INSERT INTO consumption_record (batch_id, natural_key, enterprise_id, account_id, entity, rate_bp, service, category,
  classification_code, unit, day, period, order_number, original_order_number, description, seller, gross_fen, excluded_fen,
  voucher_fen, invoiceable_fen, reserved_fen, invoiced_fen, remainder, original_id, expired)
SELECT batch_id, natural_key || '-', enterprise_id, account_id, entity, rate_bp, service, category, classification_code, unit, day, period,
  '', '', '', '', -100, 0, 0, -100, 0, 0, '0', id, expired FROM consumption_record WHERE id % 200 = 0 AND seller = '';
INSERT INTO ledger_transaction (cause, posted_at) VALUES ('import:grown', now());
INSERT INTO ledger_entry (cause, enterprise_id, account_id, period, entity, rate_bp, bucket, amount_fen, record_id)
SELECT 'import:grown', enterprise_id, account_id, period, entity, rate_bp, side.bucket, side.fen, id FROM consumption_record
CROSS JOIN LATERAL (VALUES ('consumed', -gross_fen), ('excluded', excluded_fen), (CASE WHEN seller <> '' THEN 'seller'
  WHEN day >= :opens THEN 'not-open' WHEN expired THEN 'expired' ELSE 'available' END, invoiceable_fen)) AS side (bucket, fen)
WHERE side.fen <> 0;
INSERT INTO balance (enterprise_id, account_id, period, entity, rate_bp, bucket, amount_fen)
SELECT enterprise_id, account_id, period, entity, rate_bp, bucket, SUM(amount_fen) FROM ledger_entry GROUP BY 1, 2, 3, 4, 5, 6;
INSERT INTO statement (enterprise_id, entity, period, state, postpaid, records, consumed_fen, excluded_fen, seller_fen, assisted_fen,
  invoiceable_fen, made_at, ticket_number)
SELECT enterprise_id, entity, period, 'confirmed', false, COUNT(*), SUM(gross_fen), SUM(excluded_fen),
  SUM(CASE WHEN seller <> '' THEN invoiceable_fen ELSE 0 END), 0, SUM(CASE WHEN seller = '' THEN invoiceable_fen ELSE 0 END), now(), ''
FROM consumption_record WHERE day < :opens GROUP BY enterprise_id, entity, period;
INSERT INTO statement_line (statement_id, account_id, service, rate_bp, records, consumed_fen, excluded_fen, elsewhere_fen,
  invoiceable_fen)
SELECT s.id, r.account_id, r.service, r.rate_bp, COUNT(*), SUM(r.gross_fen), SUM(r.excluded_fen),
  SUM(CASE WHEN r.seller <> '' THEN r.invoiceable_fen ELSE 0 END), SUM(CASE WHEN r.seller = '' THEN r.invoiceable_fen ELSE 0 END)
FROM statement s JOIN consumption_record r ON r.enterprise_id = s.enterprise_id AND r.entity = s.entity AND r.period = s.period
GROUP BY 1, 2, 3, 4;
INSERT INTO ledger_transaction (cause, posted_at) SELECT 'open:' || id, now() FROM statement;
ANALYZE;
"""


def grow(database: Database, customer: Customer, records: int, today: date, opens: date, earliest: date) -> None:
    """Give the customer so many records over 240 days, in every standing, and a refund for each two hundredth; the invariants hold.
    It applies over its accounts together. What comes has ids above 1,000. PostgreSQL only.

    The issuing entities HZ and SH have to be there. `opens` is the first day whose month is not open, `earliest` the oldest that is
    within its time limit.
    """
    values: dict[str, object] = {
        "records": records,
        "report": ImportReport("3" * 64, "grown.csv", records, records=records).to_json(),
        "accounts": ACCOUNTS,
        "enterprise": customer.enterprise_id,
        "master": customer.account_id,
        "today": today - timedelta(days=1),
        "opens": opens,
        "earliest": earliest,
    }
    with database.engine.begin() as connection:
        for statement in LINES.split(";\n"):
            if statement.strip():
                connection.execute(text(statement), {name: value for name, value in values.items() if f":{name}" in statement})
    months = sorted({period_of(today - timedelta(days=days)) for days in range(1, 241)})
    with database.write() as session:
        for month in months:
            if f"{month}-01" < opens.isoformat():
                make_statements(session, month, [customer.enterprise_id], datetime.now(UTC))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


MANY = """
INSERT INTO enterprise (billing_account_id, name, tax_id, verified) SELECT 'many-' || n, 'Customer ' || n, '', true
FROM generate_series(1, :customers) n;
INSERT INTO account (enterprise_id, sub_account_id, name, is_master) SELECT id, 'many-' || id, 'Main', true FROM enterprise ORDER BY id;
INSERT INTO import_batch (id, file_name, lines, records, imported_at, totals, report)
VALUES (repeat('1', 64), 'many.csv', :records, :records, now(), '{}', '{}');
INSERT INTO consumption_record (batch_id, natural_key, enterprise_id, account_id, entity, rate_bp, service, category,
  classification_code, unit, day, period, order_number, original_order_number, description, seller, gross_fen, excluded_fen,
  voucher_fen, invoiceable_fen, reserved_fen, invoiced_fen, remainder, original_id, expired)
SELECT repeat('1', 64), 'many-' || n, a.enterprise_id, a.id, CASE WHEN s.service = 4 THEN 'QYSH' ELSE 'QY' END,
  CASE WHEN s.service = 3 THEN 900 ELSE 600 END, 'Service ' || s.service, '信息技术服务', '3040203000000000000', '项', d.day,
  to_char(d.day, 'YYYY-MM'), '', '', '', CASE WHEN n % 50 = 7 THEN 'Seller' ELSE '' END, 10000 + n % 900 + v.excluded, v.excluded,
  v.excluded,
  10000 + n % 900, 0, 0, '0', NULL, false
FROM generate_series(0, :records - 1) n
JOIN (SELECT id, enterprise_id, row_number() OVER (ORDER BY id) - 1 AS place FROM account) a ON a.place = n / :each
CROSS JOIN LATERAL (SELECT n % 5 AS service) s
CROSS JOIN LATERAL (SELECT CAST(:first AS date) + (n % 28)::int AS day) d
CROSS JOIN LATERAL (SELECT CASE WHEN n % 100 = 3 THEN 500 ELSE 0 END AS excluded) v;
INSERT INTO consumption_record (batch_id, natural_key, enterprise_id, account_id, entity, rate_bp, service, category,
  classification_code, unit, day, period, order_number, original_order_number, description, seller, gross_fen, excluded_fen,
  voucher_fen, invoiceable_fen, reserved_fen, invoiced_fen, remainder, original_id, expired)
SELECT batch_id, natural_key || '-', enterprise_id, account_id, entity, rate_bp, service, category, classification_code, unit, day, period,
  '', '', '', '', -100, 0, 0, -100, 0, 0, '0', id, false FROM consumption_record WHERE id % 200 = 0 AND seller = '';
INSERT INTO ledger_transaction (cause, posted_at) SELECT 'import:many:' || id, now() FROM enterprise;
INSERT INTO ledger_entry (cause, enterprise_id, account_id, period, entity, rate_bp, bucket, amount_fen, record_id)
SELECT 'import:many:' || enterprise_id, enterprise_id, account_id, period, entity, rate_bp, side.bucket, side.fen, id
FROM consumption_record
CROSS JOIN LATERAL (VALUES ('consumed', -gross_fen), ('excluded', excluded_fen),
  (CASE WHEN seller <> '' THEN 'seller' ELSE 'not-open' END, invoiceable_fen)) AS side (bucket, fen)
WHERE side.fen <> 0;
INSERT INTO balance (enterprise_id, account_id, period, entity, rate_bp, bucket, amount_fen)
SELECT enterprise_id, account_id, period, entity, rate_bp, bucket, SUM(amount_fen) FROM ledger_entry GROUP BY 1, 2, 3, 4, 5, 6;
"""


def grow_customers(database: Database, customers: int, records: int, day: date) -> None:
    """So many customers with so many records together, of the month before `day`, none of it open yet. PostgreSQL only.

    A hundredth is in part paid by vouchers, a fiftieth is sellers', and each two hundredth record has a refund bound to it.
    """
    first = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
    with database.write() as session:
        make_entities(session)
    values = {"customers": customers, "records": records, "each": max(1, records // customers), "first": first}
    with database.engine.begin() as connection:
        for statement in MANY.split(";\n"):
            if statement.strip():
                connection.execute(text(statement), {name: value for name, value in values.items() if f":{name}" in statement})
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
