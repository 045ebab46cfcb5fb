"""Two titles of the demo that differ from the verification: one that waits for customer service, and one that it refused."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from domain.invoices import Party
from domain.title_states import TitleRefusal
from infra.database import Database
from infra.tables import AuditRow, TitleRow, UserRow
from infra.title_decisions import TitleDecision, Verdict, decide_title
from infra.titles import add_title, fingerprint

WAITING = Party("拾光互动科技（成都）有限公司", "91510107MA7D3H5KXF", "成都市武侯区天府大道 66 号", "028-8533 2017")
REFUSED = Party("北京拾光互动网络科技有限公司", "91310110MACX6R2T5H")
NOTE = "营业执照上没有“网络”二字，请按执照更正"


def seed_titles(database: Database, now: datetime) -> None:
    """Submit both and refuse the second; the people must be there. Nothing once that is done: from then on they are people's."""
    with database.read() as session:
        lin = session.exec(select(UserRow).where(col(UserRow.login) == "lin")).one()
        he = session.exec(select(UserRow.id).where(col(UserRow.login) == "he")).one()
        decided: Any = select(AuditRow.id).where(AuditRow.action == "decide-title", AuditRow.tenant == lin.enterprise_id)
        if lin.enterprise_id is None or he is None or session.exec(decided).first() is not None:
            return
        there = {party.name: _title_id(session, lin.enterprise_id, party) for party in (WAITING, REFUSED)}
    for party, waits in ((WAITING, timedelta(hours=20)), (REFUSED, timedelta(days=2))):
        if there[party.name] is None:
            there[party.name] = add_title(database, lin.enterprise_id, party, now - waits, check=True)
    with database.read() as session:
        refused = session.get_one(TitleRow, there[REFUSED.name])
    decision = TitleDecision(Verdict.REFUSE, fingerprint(refused), TitleRefusal.NAME, NOTE)
    decide_title(database, refused.id or 0, decision, he, now - timedelta(days=1))


def _title_id(session: Session, enterprise_id: int, party: Party) -> int | None:
    return session.exec(select(TitleRow.id).where(TitleRow.enterprise_id == enterprise_id, TitleRow.name == party.name)).first()
