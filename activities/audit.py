"""Steps of the audit's verification: the chains a stretch at a time, then an anchor of their heads."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.clock import utc_now
from domain.audit import AuditAnchors, AuditBooks, AuditProgress, Marks
from domain.calendar import china_date
from domain.ports import OutsideUnavailable


@dataclass
class AuditActivities:
    books: AuditBooks
    anchors: AuditAnchors
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def verify_audit(self, progress: AuditProgress) -> AuditProgress:
        """Look at the next entries, against the anchor. A repeat finds the same, unless somebody has appended."""
        now = progress.started_at or self.clock()
        return self.books.verify(progress, self._marks(china_date(now)), now)

    @activity.defn
    def anchor_audit(self, day: date) -> int:
        """Anchor the heads of the chains, and say how many; the first anchor of a day stays."""
        heads = self.books.heads(self._marks(day))
        try:
            self.anchors.keep(day, heads)
        except OutsideUnavailable as failure:
            raise ApplicationError(f"The anchor was not stored: {failure}", type="store-unavailable") from failure
        return len(heads)

    def _marks(self, day: date) -> Marks:
        try:
            return self.anchors.newest(day)
        except OutsideUnavailable as failure:
            raise ApplicationError(f"The anchors cannot be read: {failure}", type="store-unavailable") from failure
