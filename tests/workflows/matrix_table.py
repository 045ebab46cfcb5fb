"""What should become of every signal in every state of an application, written by hand; `test_matrix.py` makes the cells of it.

A line for each state, a column for each signal. In a cell stands what the sender is told, and where the application is afterwards:

    +           taken, and the state stays
    +issued     taken, and the application comes to rest there
    a code      refused with it, and nothing changes
    quiet       nobody waits for an answer: nothing changes
    over        the life has ended: the server refuses the message, and nothing changes
    ...         as the cell before, to the end of the line

The reviewer is of level 1; `other` is another of level 1, `second` one of level 2. What is asked for, claimed and decided is by the
reviewer where the column does not say otherwise; `own` is the applicant, `stale` another version than the application's.
"""

from dataclasses import dataclass

from domain.lifecycle import ApplicationState

DECISIONS = """
state              approve            reject            own              stale             by-other          by-second         by-supervisor
unsigned           awaiting-approval  ...
at-the-oa          awaiting-approval  ...
reviewing          +issued            +rejected         own-application  stale-version     +issued           +issued           +issued
signed-off         +issued            +rejected         own-application  stale-version     +issued           +issued           +issued
expedited          +issued            +rejected         own-application  stale-version     +issued           +issued           +issued
overdue            +issued            +rejected         own-application  stale-version     +issued           +issued           +issued
claimed            +issued            +rejected         own-application  stale-version     claimed-by-other  claimed-by-other  +issued
claimed-by-second  claimed-by-other   claimed-by-other  own-application  claimed-by-other  claimed-by-other  +issued           +issued
level-2            same-person        same-person       own-application  same-person       level-too-low     +issued           +issued
awaiting-material  awaiting-material  ...
answered           +issued            +rejected         own-application  stale-version     +issued           +issued           +issued
issuing            already-issuing    ...
"""
"""Approvals, and a rejection, of reviewers."""

DESK = """
state              ask                 ask-stale          claim              release            hand-over          hand-to-applicant
unsigned           awaiting-approval   ...
at-the-oa          awaiting-approval   ...
reviewing          +awaiting-material  stale-version      +                  not-claimed        +                  hand-over-cannot
signed-off         +awaiting-material  stale-version      +                  not-claimed        +                  hand-over-cannot
expedited          +awaiting-material  stale-version      +                  not-claimed        +                  hand-over-cannot
overdue            +awaiting-material  stale-version      +                  not-claimed        +                  hand-over-cannot
claimed            +awaiting-material  stale-version      +                  +                  +                  hand-over-cannot
claimed-by-second  claimed-by-other    claimed-by-other   claimed-by-other   not-claimed        claimed-by-other   claimed-by-other
level-2            same-person         same-person        same-person        not-claimed        +                  hand-over-cannot
awaiting-material  awaiting-material   awaiting-material  awaiting-material  awaiting-material  awaiting-material  awaiting-material
answered           +awaiting-material  stale-version      +                  not-claimed        +                  hand-over-cannot
issuing            already-issuing     ...
"""
"""What else a reviewer does. A hand-over is to `second`."""

CUSTOMER = """
state              cancel           expedite           answer              answer-stale        waive               promise-moved
unsigned           +cancelled       awaiting-approval  awaiting-approval   awaiting-approval   awaiting-approval   quiet
at-the-oa          +cancelled       awaiting-approval  awaiting-approval   awaiting-approval   awaiting-approval   quiet
reviewing          +cancelled       +                  material-not-asked  material-not-asked  material-not-asked  quiet
signed-off         +cancelled       +                  material-not-asked  material-not-asked  material-not-asked  quiet
expedited          +cancelled       already-expedited  material-not-asked  material-not-asked  material-not-asked  quiet
overdue            +cancelled       +                  material-not-asked  material-not-asked  material-not-asked  quiet
claimed            +cancelled       +                  material-not-asked  material-not-asked  material-not-asked  quiet
claimed-by-second  +cancelled       +                  material-not-asked  material-not-asked  material-not-asked  quiet
level-2            +cancelled       +                  material-not-asked  material-not-asked  material-not-asked  quiet
awaiting-material  +cancelled       awaiting-material  +reviewing          stale-version       +reviewing          quiet
answered           +cancelled       +                  material-not-asked  material-not-asked  material-not-asked  quiet
issuing            already-issuing  already-issuing    already-issuing     already-issuing     already-issuing     quiet
"""
"""What the customer does, a reviewer who does without the material, and news of the promise."""

SIGN_OFF = """
state              sign-off         decline    sign-off-own     sign-off-stale  oa-approves  oa-declines  oa-stale
unsigned           +reviewing       +declined  own-application  stale-version   not-asked    not-asked    stale-version
at-the-oa          not-asked        not-asked  own-application  stale-version   +reviewing   +declined    stale-version
reviewing          sign-off-over    ...
signed-off         sign-off-over    ...
expedited          sign-off-over    ...
overdue            sign-off-over    ...
claimed            sign-off-over    ...
claimed-by-second  sign-off-over    ...
level-2            sign-off-over    ...
awaiting-material  sign-off-over    ...
answered           sign-off-over    ...
issuing            already-issuing  ...
"""
"""The enterprise's own word: of the person that is asked, or of its OA."""

ENDED = """
issued            over              ...
partly-issued     over              ...
not-issued        over              ...
refused           over              ...
declined          over              ...
rejected          over              ...
cancelled         over              ...
lapsed            over              ...
lapsed-unsigned   over              ...
lapsed-material   over              ...
"""
"""Lines of each of the tables above."""

TAKEN, OVER, QUIET = "taken", "over", "quiet"

AT: dict[str, ApplicationState] = {
    "unsigned": ApplicationState.AWAITING_APPROVAL,
    "at-the-oa": ApplicationState.AWAITING_APPROVAL,
    "reviewing": ApplicationState.REVIEWING,
    "signed-off": ApplicationState.REVIEWING,
    "expedited": ApplicationState.REVIEWING,
    "overdue": ApplicationState.REVIEWING,
    "claimed": ApplicationState.REVIEWING,
    "claimed-by-second": ApplicationState.REVIEWING,
    "level-2": ApplicationState.REVIEWING,
    "awaiting-material": ApplicationState.AWAITING_MATERIAL,
    "answered": ApplicationState.REVIEWING,
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
    "lapsed-material": ApplicationState.LAPSED,
}
"""The state that the application's row has at each line."""


@dataclass(frozen=True, slots=True)
class Expected:
    """`answer`: TAKEN, the refusal's code, QUIET or OVER. `after`: the state in which it comes to rest."""

    answer: str
    after: ApplicationState


def read_table(*texts: str) -> dict[tuple[str, str], Expected]:
    """The cells by state and signal. Raises ValueError for a line with another number of cells than its head, and for a second one."""
    cells: dict[tuple[str, str], Expected] = {}
    for text in texts:
        (_, *signals), *lines = (line.split() for line in text.strip().splitlines())
        for state, *words in lines:
            for signal, word in zip(signals, _filled(words, len(signals)), strict=True):
                if (state, signal) in cells:
                    raise ValueError(f"two cells for {signal} in {state}")
                cells[state, signal] = _expected(AT[state], word)
    return cells


def _filled(words: list[str], count: int) -> list[str]:
    if words[-1:] == ["..."]:
        return words[:-1] + [words[-2]] * (count - len(words) + 1)
    return words


def _expected(at: ApplicationState, word: str) -> Expected:
    if word.startswith("+"):
        return Expected(TAKEN, ApplicationState(word[1:]) if word != "+" else at)
    return Expected(word, at)


TABLE = read_table(*(table.rstrip() + ENDED for table in (DECISIONS, DESK, CUSTOMER, SIGN_OFF)))
