"""Two tickets of the demo: one that waits for us, and one that is answered."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from domain.support import Deed, Topic
from infra.database import Database
from infra.queries.tickets import TicketScope
from infra.tables import TicketRow, UserRow
from infra.tickets import NewMessage, NewTicket, open_ticket, write_message

WAITING, ANSWERED = "KT-261101-DEM00001", "KT-261101-DEM00002"
ANSWER = "demo-ticket-answer"
"""The key of the answer's message."""


def seed_tickets(database: Database, now: datetime) -> bool:
    """Make those that are missing; the people must be there. Whether the answer is new, so that its customer is to be told."""
    with database.read() as session:
        there = set(session.exec(select(TicketRow.number)))
        lin, meng, staff = (_scope(session, login) for login in ("lin", "meng", "he"))
    if WAITING not in there:
        new = NewTicket(
            WAITING, Topic.MARKETPLACE, "", "云市场的订单为什么不能开票？", "上个月买的云市场镜像显示由卖家开票，请问怎么联系卖家？谢谢。"
        )
        open_ticket(database, lin, new, [], now - timedelta(hours=30))
    if ANSWERED not in there:
        new = NewTicket(ANSWERED, Topic.OTHER_TEMPLATE, "", "发票能不能加合同号", "财务要求发票备注里有合同号 QY-2026-118，可以加吗？")
        open_ticket(database, meng, new, [], now - timedelta(days=3))
        note = NewMessage("demo-ticket-note", "税务平台的备注栏只能放我们系统写的内容，已和开票同事确认。", Deed.NOTE, 1)
        write_message(database, staff, ANSWERED, note, [], now - timedelta(days=2, hours=3))
        text = "您好，发票版式由国家统一规定，备注不能自定义。合同号可以写在您自己的报销单上，或打印发票后另附一页。"
        write_message(database, staff, ANSWERED, NewMessage(ANSWER, text, Deed.ANSWER, 1), [], now - timedelta(days=2, hours=2))
    return ANSWERED not in there


def _scope(session: Session, login: str) -> TicketScope:
    user = session.exec(select(UserRow).where(col(UserRow.login) == login)).one()
    assert user.id is not None  # noqa: S101 (read from the database)
    return TicketScope(user.id, user.enterprise_id, user.account_id, staff=user.enterprise_id is None)
