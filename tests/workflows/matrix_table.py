"""What should become of every signal in every state of an application, written by hand; `test_matrix.py` makes the cells of it.

A line for each state, a column for each signal. In a cell stands what the sender is told, and where the application is afterwards:

    +           taken, and the state stays
    +issued     taken, and the application comes to rest there
    a code      refused with it, and nothing changes
    over        the life has ended: the server refuses the message, and nothing changes
"""

from dataclasses import dataclass

from domain.lifecycle import ApplicationState

REVIEW = """
state            approve          reject           approve-own      approve-stale    cancel           expedite
unsigned         awaiting-approval  awaiting-approval  awaiting-approval  awaiting-approval  +cancelled  awaiting-approval
at-the-oa        awaiting-approval  awaiting-approval  awaiting-approval  awaiting-approval  +cancelled  awaiting-approval
reviewing        +issued          +rejected        own-application  stale-version    +cancelled       +
signed-off       +issued          +rejected        own-application  stale-version    +cancelled       +
expedited        +issued          +rejected        own-application  stale-version    +cancelled       already-expedited
overdue          +issued          +rejected        own-application  stale-version    +cancelled       +
issuing          already-issuing  already-issuing  already-issuing  already-issuing  already-issuing  already-issuing
issued           over             over             over             over             over             over
partly-issued    over             over             over             over             over             over
not-issued       over             over             over             over             over             over
refused          over             over             over             over             over             over
declined         over             over             over             over             over             over
rejected         over             over             over             over             over             over
cancelled        over             over             over             over             over             over
lapsed           over             over             over             over             over             over
lapsed-unsigned  over             over             over             over             over             over
"""
"""The reviewer's and the customer's signals."""

SIGN_OFF = """
state            sign-off         decline          sign-off-own     sign-off-stale   oa-approves      oa-declines      oa-stale
unsigned         +reviewing       +declined        own-application  stale-version    not-asked        not-asked        stale-version
at-the-oa        not-asked        not-asked        own-application  stale-version    +reviewing       +declined        stale-version
reviewing        sign-off-over    sign-off-over    sign-off-over    sign-off-over    sign-off-over    sign-off-over    sign-off-over
signed-off       sign-off-over    sign-off-over    sign-off-over    sign-off-over    sign-off-over    sign-off-over    sign-off-over
expedited        sign-off-over    sign-off-over    sign-off-over    sign-off-over    sign-off-over    sign-off-over    sign-off-over
overdue          sign-off-over    sign-off-over    sign-off-over    sign-off-over    sign-off-over    sign-off-over    sign-off-over
issuing          already-issuing  already-issuing  already-issuing  already-issuing  already-issuing  already-issuing  already-issuing
issued           over             over             over             over             over             over             over
partly-issued    over             over             over             over             over             over             over
not-issued       over             over             over             over             over             over             over
refused          over             over             over             over             over             over             over
declined         over             over             over             over             over             over             over
rejected         over             over             over             over             over             over             over
cancelled        over             over             over             over             over             over             over
lapsed           over             over             over             over             over             over             over
lapsed-unsigned  over             over             over             over             over             over             over
"""
"""The enterprise's own word: of the person that is asked, or of its OA."""

TAKEN, OVER = "taken", "over"

AT: dict[str, ApplicationState] = {
    "unsigned": ApplicationState.AWAITING_APPROVAL,
    "at-the-oa": ApplicationState.AWAITING_APPROVAL,
    "reviewing": ApplicationState.REVIEWING,
    "signed-off": ApplicationState.REVIEWING,
    "expedited": ApplicationState.REVIEWING,
    "overdue": ApplicationState.REVIEWING,
    "issuing": ApplicationState.ISSUING,
    "issued": ApplicationState.ISSUED,
    "partly-issued": ApplicationState.PARTLY_ISSUED,
    "not-issued": ApplicationState.NOT_ISSUED,
    "refused": ApplicationState.REFUSED,
    "declined": ApplicationState.DECLINED,
    "rejected": ApplicationState.REJECTED,
    "cancelled": ApplicationState.CANCELLED,
    "lapsed": ApplicationState.LAPSED,
    "lapsed-unsigned": ApplicationState.LAPSED,
}
"""The state that the application's row has at each line."""


@dataclass(frozen=True, slots=True)
class Expected:
    """`answer`: TAKEN, the refusal's code, or OVER. `after`: the state in which it comes to rest."""

    answer: str
    after: ApplicationState


def read_table(*texts: str) -> dict[tuple[str, str], Expected]:
    """The cells by state and signal. Raises ValueError for a line that has another number of cells than its head, and for a second one."""
    cells: dict[tuple[str, str], Expected] = {}
    for text in texts:
        (_, *signals), *lines = (line.split() for line in text.strip().splitlines())
        for state, *words in lines:
            for signal, word in zip(signals, words, strict=True):
                if (state, signal) in cells:
                    raise ValueError(f"two cells for {signal} in {state}")
                cells[state, signal] = _expected(AT[state], word)
    return cells


def _expected(at: ApplicationState, word: str) -> Expected:
    if word.startswith("+"):
        return Expected(TAKEN, ApplicationState(word[1:]) if word != "+" else at)
    return Expected(word, at)


TABLE = read_table(REVIEW, SIGN_OFF)
