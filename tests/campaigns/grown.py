"""Databases in which one customer has many records, built by the database itself: a thousand, or a million."""

from datetime import date, timedelta

from sqlalchemy import text

from infra.database import Database
from tests.factories import Customer, make_customer, make_entities

ACCOUNTS = 8
"""Beside the master account."""
LINES = """
INSERT INTO import_batch (id, file_name, lines, records, imported_at, totals, report)
VALUES (repeat('0', 64), 'grown.csv', :records, :records, now(), '{}', '{}');
INSERT INTO account (enterprise_id, sub_account_id, name, is_master)
SELECT :enterprise, 'grown-' || n, 'Account ' || n, false FROM generate_series(1, :accounts) n;
INSERT INTO consumption_record (batch_id, natural_key, enterprise_id, account_id, entity, rate_bp, service, category,
  classification_code, unit, day, period, order_number, original_order_number, description, seller, gross_fen, excluded_fen,
  voucher_fen, invoiceable_fen, reserved_fen, invoiced_fen, remainder, original_id, opened, expired)
SELECT repeat('0', 64), 'grown-' || n, :enterprise,
  CASE WHEN n % 2 = 0 THEN :master ELSE (SELECT min(id) FROM account WHERE sub_account_id LIKE 'grown-%') + n % :accounts END,
  CASE WHEN n % 5 = 0 THEN 'QYSH' ELSE 'QY' END, CASE WHEN n % 3 = 0 THEN 900 ELSE 600 END, 'Service ' || n % 40, '信息技术服务',
  '3040203000000000000', '项', d.day, to_char(d.day, 'YYYY-MM'), CASE WHEN n % 7 = 0 THEN lpad(n::text, 18, '1') ELSE '' END, '', '',
  CASE WHEN n % 50 = 7 THEN 'Seller' ELSE '' END, 10000 + n % 900 + v.excluded, v.excluded, v.excluded, 10000 + n % 900, 0, 0, '0', NULL,
  d.day < :opens, d.day < :earliest
FROM generate_series(1, :records) n
CROSS JOIN LATERAL (SELECT CAST(:today AS date) - (n % 240)::int AS day) d
CROSS JOIN LATERAL (SELECT CASE WHEN n % 100 = 3 THEN 500 ELSE 0 END AS excluded) v;
INSERT INTO ledger_transaction (cause, posted_at) VALUES ('import:grown', now());
INSERT INTO ledger_entry (cause, enterprise_id, entity, rate_bp, bucket, amount_fen, record_id)
SELECT 'import:grown', enterprise_id, entity, rate_bp, side.bucket, side.fen, id FROM consumption_record
CROSS JOIN LATERAL (VALUES ('consumed', -gross_fen), ('excluded', excluded_fen), (CASE WHEN seller <> '' THEN 'seller'
  WHEN NOT opened THEN 'not-open' WHEN expired THEN 'expired' ELSE 'available' END, invoiceable_fen)) AS side (bucket, fen)
WHERE side.fen <> 0;
INSERT INTO balance (enterprise_id, account_id, period, entity, rate_bp, bucket, amount_fen)
SELECT l.enterprise_id, r.account_id, r.period, l.entity, l.rate_bp, l.bucket, SUM(l.amount_fen)
FROM ledger_entry l JOIN consumption_record r ON r.id = l.record_id GROUP BY 1, 2, 3, 4, 5, 6;
ANALYZE;
"""


def grow(database: Database, records: int, today: date, opens: date, earliest: date) -> Customer:
    """A customer with so many records over 240 days, in every standing; the invariants hold. PostgreSQL only.

    `opens` is the first day whose month is not open, `earliest` the oldest that is within its time limit.
    """
    customer = make_customer(database)
    values = {
        "records": records,
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
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return customer


MANY = """
INSERT INTO enterprise (billing_account_id, name, tax_id, verified) SELECT 'many-' || n, 'Customer ' || n, '', true
FROM generate_series(1, :customers) n;
INSERT INTO account (enterprise_id, sub_account_id, name, is_master) SELECT id, 'many-' || id, 'Main', true FROM enterprise ORDER BY id;
INSERT INTO import_batch (id, file_name, lines, records, imported_at, totals, report)
VALUES (repeat('1', 64), 'many.csv', :records, :records, now(), '{}', '{}');
INSERT INTO consumption_record (batch_id, natural_key, enterprise_id, account_id, entity, rate_bp, service, category,
  classification_code, unit, day, period, order_number, original_order_number, description, seller, gross_fen, excluded_fen,
  voucher_fen, invoiceable_fen, reserved_fen, invoiced_fen, remainder, original_id, opened, expired)
SELECT repeat('1', 64), 'many-' || n, a.enterprise_id, a.id, CASE WHEN s.service = 4 THEN 'QYSH' ELSE 'QY' END,
  CASE WHEN s.service = 3 THEN 900 ELSE 600 END, 'Service ' || s.service, '信息技术服务', '3040203000000000000', '项', d.day,
  to_char(d.day, 'YYYY-MM'), '', '', '', CASE WHEN n % 50 = 7 THEN 'Seller' ELSE '' END, 10000 + n % 900 + v.excluded, v.excluded,
  v.excluded,
  10000 + n % 900, 0, 0, '0', NULL, false, false
FROM generate_series(0, :records - 1) n
JOIN (SELECT id, enterprise_id, row_number() OVER (ORDER BY id) - 1 AS place FROM account) a ON a.place = n / :each
CROSS JOIN LATERAL (SELECT n % 5 AS service) s
CROSS JOIN LATERAL (SELECT CAST(:first AS date) + (n % 28)::int AS day) d
CROSS JOIN LATERAL (SELECT CASE WHEN n % 100 = 3 THEN 500 ELSE 0 END AS excluded) v;
INSERT INTO consumption_record (batch_id, natural_key, enterprise_id, account_id, entity, rate_bp, service, category,
  classification_code, unit, day, period, order_number, original_order_number, description, seller, gross_fen, excluded_fen,
  voucher_fen, invoiceable_fen, reserved_fen, invoiced_fen, remainder, original_id, opened, expired)
SELECT batch_id, natural_key || '-', enterprise_id, account_id, entity, rate_bp, service, category, classification_code, unit, day, period,
  '', '', '', '', -100, 0, 0, -100, 0, 0, '0', id, false, false FROM consumption_record WHERE id % 200 = 0 AND seller = '';
INSERT INTO ledger_transaction (cause, posted_at) SELECT 'import:many:' || id, now() FROM enterprise;
INSERT INTO ledger_entry (cause, enterprise_id, entity, rate_bp, bucket, amount_fen, record_id)
SELECT 'import:many:' || enterprise_id, enterprise_id, entity, rate_bp, side.bucket, side.fen, id FROM consumption_record
CROSS JOIN LATERAL (VALUES ('consumed', -gross_fen), ('excluded', excluded_fen),
  (CASE WHEN seller <> '' THEN 'seller' ELSE 'not-open' END, invoiceable_fen)) AS side (bucket, fen)
WHERE side.fen <> 0;
INSERT INTO balance (enterprise_id, account_id, period, entity, rate_bp, bucket, amount_fen)
SELECT l.enterprise_id, r.account_id, r.period, l.entity, l.rate_bp, l.bucket, SUM(l.amount_fen)
FROM ledger_entry l JOIN consumption_record r ON r.id = l.record_id GROUP BY 1, 2, 3, 4, 5, 6;
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
