"""Issuing at the tax bureau, blue and red: look, ask, record."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.clock import utc_now
from domain.books import Claim, IssuingBooks, Overtaken
from domain.issuing import differences
from domain.messages import Issued, Policy
from domain.ports import AlreadyAsked, BureauRecord, OutsideDisagrees, OutsideRefused, OutsideUnavailable, TaxBureau

ATTEMPTS_PER_ROUND = 1_000_000
"""A round is one call of the step by the workflow; the fence orders attempts over all rounds."""


@dataclass(frozen=True, slots=True)
class IssueStep:
    """One round of issuing an invoice, or with `red` its red-letter one."""

    invoice_id: str
    policy: Policy
    round: int = 1
    red: bool = False


@dataclass(frozen=True, slots=True)
class IssueResult:
    """Exactly one of: issued, refused by the bureau with its code, or parked for an operator."""

    issued: Issued | None = None
    refusal_code: str = ""
    parked: bool = False


@dataclass
class IssuingActivities:
    """`doubt` is how long a request that may have been sent must stay unknown to the bureau before it is sent again.

    It has to be longer than any call of an older attempt can last.
    """

    bureau: TaxBureau
    books: IssuingBooks
    doubt: timedelta = timedelta(seconds=60)
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def issue(self, step: IssueStep) -> IssueResult:
        """Issue one invoice: look, ask, record.

        The invoice's own id is the request id. What an earlier attempt may have caused is looked up first; the bureau
        is asked again only after it has denied knowing the request twice, `doubt` apart. An older attempt that still
        runs is fenced off by the attempt's number in the row.
        """
        fence = step.round * ATTEMPTS_PER_ROUND + activity.info().attempt
        try:
            claim = self.books.claim(step.invoice_id, fence, red=step.red)
            if claim.refusal_code:
                return IssueResult(refusal_code=claim.refusal_code)
            record = self._look(step, claim, fence) if claim.asked_at else None
            if record is None:
                self.books.mark_asked(step.invoice_id, fence, self.clock(), red=step.red)
                record = self._ask(claim)
            return self._record(step, record)
        except OutsideRefused as refusal:
            return self._refuse(step, refusal.code, fence)
        except OutsideDisagrees as difference:
            return self._park(step, str(difference), fence)
        except (OutsideUnavailable, AlreadyAsked) as doubt:
            raise ApplicationError(f"No clear answer from the tax bureau, looking it up next: {doubt}", type="outcome-unknown") from doubt
        except Overtaken as newer:
            raise _overtaken(newer) from newer

    def _ask(self, claim: Claim) -> BureauRecord:
        try:
            record = self._asked(claim)
            found = differences(claim.request, record)
            if found:
                raise OutsideDisagrees("; ".join(map(str, found)))
            return record
        except OutsideDisagrees as difference:
            # The answer may have been garbled on its way: the bureau's book decides, so look next.
            raise ApplicationError("The bureau's answer is not what was asked; looking it up next", type="answer-differs") from difference

    def _asked(self, claim: Claim) -> BureauRecord:
        """Ask; a refusal is believed only when the bureau's book has nothing under our id: an answer may lie about its effect."""
        try:
            return self.bureau.ask(claim.request)
        except OutsideRefused:
            record = self.bureau.look(claim.request.request_id)
            if record is None:
                raise
            return record

    def _look(self, step: IssueStep, claim: Claim, fence: int) -> BureauRecord | None:
        """What the bureau has under our request id; None only when it may be asked again."""
        record = self.bureau.look(claim.request.request_id)
        if record is not None:
            found = differences(claim.request, record)
            if found:
                raise OutsideDisagrees("; ".join(map(str, found)))
            return record
        unknown_since = claim.unknown_since
        now = self.clock()
        # A moment that is still to come was written by a clock that ran ahead: count anew, which waits longer, never shorter.
        if unknown_since is None or unknown_since > now:
            self.books.mark_unknown(step.invoice_id, fence, now, red=step.red)
            unknown_since = now
        left = unknown_since + self.doubt - now
        if left > timedelta(0):
            raise ApplicationError(
                "The tax bureau does not know the request yet; looking once more before asking again",
                type="not-known-yet",
                next_retry_delay=left,
            )
        return None

    def _record(self, step: IssueStep, record: BureauRecord) -> IssueResult:
        if step.red:
            return IssueResult(self.books.record_red_issued(step.invoice_id, record, self.clock()))
        return IssueResult(self.books.record_issued(step.invoice_id, record, step.policy, self.clock()))

    def _refuse(self, step: IssueStep, code: str, fence: int) -> IssueResult:
        try:
            if step.red:
                self.books.record_red_refused(step.invoice_id, code, fence, self.clock())
            else:
                self.books.record_refused(step.invoice_id, code, fence, self.clock())
        except Overtaken as newer:
            raise _overtaken(newer) from newer
        return IssueResult(refusal_code=code)

    def _park(self, step: IssueStep, reason: str, fence: int) -> IssueResult:
        try:
            self.books.park(step.invoice_id, reason, fence, self.clock(), red=step.red)
        except Overtaken as newer:
            raise _overtaken(newer) from newer
        return IssueResult(parked=True)


def _overtaken(newer: Overtaken) -> ApplicationError:
    return ApplicationError(f"A newer attempt has taken over: {newer}", type="overtaken")
