"""One demo company whose larger applications its own OA approves first: the simulated one."""

from datetime import datetime

from sqlmodel import col, select

from domain.sign_off import SignOffMode
from infra.books.sign_off_talk import secret_name
from infra.database import Database
from infra.demo.companies import LINCHUAN
from infra.factor_keys import FactorKeys
from infra.tables import EnterpriseRow, SignOffRuleRow, UserRow

DEMO_OA_SECRET = "whsec_" + "YSBzZWNyZXQgdGhhdCBldmVyeWJvZHkga25vd3M="
DEMO_FROM_FEN = 100_000_00
"""More than the demo has of it at once: most of its applications come to our review without its OA."""


def seed_sign_off(database: Database, keys: FactorKeys, oa_url: str, now: datetime) -> None:
    """Set the rule unless there is one; changed since, it stays as it is."""
    with database.write() as session:
        of = col(EnterpriseRow.billing_account_id) == LINCHUAN.billing_account_id
        enterprise_id = session.exec(select(EnterpriseRow.id).where(of)).one()
        master = session.exec(select(UserRow.id).where(col(UserRow.login) == "fang")).one_or_none()
        if enterprise_id is None or master is None or session.get(SignOffRuleRow, enterprise_id) is not None:
            return
        session.add(
            SignOffRuleRow(
                enterprise_id=enterprise_id,
                mode=SignOffMode.OA,
                days=3,
                oa_url=oa_url,
                oa_from_fen=DEMO_FROM_FEN,
                oa_secret=keys.seal_text(DEMO_OA_SECRET, secret_name(enterprise_id)),
                secret_made_at=now,
                changed_at=now,
                changed_by=master,
            )
        )
