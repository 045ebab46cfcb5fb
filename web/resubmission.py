"""What differs from the application before it, row by row. Masked values stay masked, and say whether they differ."""

from dataclasses import dataclass

from infra.queries.receiver_seen import ReceiverSeen
from infra.queries.resubmission import Applied, Resubmission
from web import formats, sentences
from web.differences import Piece, marked
from web.sentences.labels import FIELDS
from web.words import Words


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One field of both. `hidden`: it differs where the mask does not show it."""

    word: str
    before: tuple[Piece, ...]
    now: tuple[Piece, ...]
    differs: bool
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """The whole: rows that differ, and the words of those that do not."""

    against: Resubmission
    why: str
    rows: tuple[DiffRow, ...]
    same: tuple[str, ...]


def shown_difference(language: Words, against: Resubmission | None) -> Difference | None:
    """The comparison as the page shows it; None of an application that nothing came before."""
    if against is None:
        return None
    rows = [*_plain(language, against.before, against.now), *_masked(language, against.before, against.now)]
    why = sentences.reason(language, f"compared:{against.why}")
    return Difference(against, why, tuple(row for row in rows if row.differs), tuple(row.word for row in rows if not row.differs))


def _plain(language: Words, before: Applied, now: Applied) -> list[DiffRow]:
    """What anybody at the desk may read: of texts the characters that differ are marked, of words and amounts the whole."""
    names = marked(before.title_name, now.title_name)
    rows = [DiffRow(_field(language, "name"), *names, any(piece.differs for side in names for piece in side))]
    for word, one, other in (
        (_field(language, "bank"), before.title_bank, now.title_bank),
        (language.gettext("Agreement number"), before.agreement_number, now.agreement_number),
    ):
        rows.append(DiffRow(word, *_pieces(one, other), one != other))
    one_type, other_type = (sentences.label(language, f"{of.kind}:{of.medium}") for of in (before, now))
    for word, one, other in (
        (language.gettext("Amount (CNY)"), formats.money(before.amount_fen), formats.money(now.amount_fen)),
        (language.gettext("Type"), one_type, other_type),
        (language.gettext("Split into invoices"), _split(language, before.split), _split(language, now.split)),
    ):
        rows.append(DiffRow(word, _whole(one, differs=one != other), _whole(other, differs=one != other), one != other))
    same_files = {file.sha256 for file in before.files} == {file.sha256 for file in now.files}
    return [*rows, DiffRow(language.gettext("Evidence"), _files(before, now), _files(now, before), not same_files)]


def _masked(language: Words, before: Applied, now: Applied) -> list[DiffRow]:
    """What staff see masked."""
    values = (
        ("tax_id", before.title_tax_id, now.title_tax_id, formats.masked_personal_id),
        ("address", before.title_address, now.title_address, formats.masked_address),
        ("phone", before.title_phone, now.title_phone, formats.masked_phone),
        ("bank_account", before.title_bank_account, now.title_bank_account, formats.masked_account),
    )
    rows = []
    for field, one, other, mask in values:
        shown_one, shown_other = mask(one) if one else "", mask(other) if other else ""
        if (shown_one, shown_other) == (one, other):
            left, right = _pieces(one, other)
        else:
            left, right = _whole(shown_one), _whole(shown_other)
        rows.append(DiffRow(_field(language, field), left, right, one != other, hidden=one != other and shown_one == shown_other))
    one, other = _receiver(before.receiver), _receiver(now.receiver)
    differs = before.receiver_id != now.receiver_id and before.receiver != now.receiver
    rows.append(DiffRow(language.gettext("Receiver"), _whole(one), _whole(other), differs, hidden=differs and one == other))
    return rows


def _pieces(one: str, other: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both with their differences marked, also where a name would count as the same."""
    if one == other or not one or not other:
        differs = one != other
        return _whole(one, differs=differs), _whole(other, differs=differs)
    left, right = marked(one, other)
    differs = any(piece.differs for piece in (*left, *right))
    return (left, right) if differs else (_whole(one, differs=True), _whole(other, differs=True))


def _whole(text: str, *, differs: bool = False) -> tuple[Piece, ...]:
    return (Piece(text, differs),) if text else ()


def _files(of: Applied, other: Applied) -> tuple[Piece, ...]:
    """The names of one side's files; those that the other has not, by their content, are marked."""
    theirs = {file.sha256 for file in other.files}
    return tuple(Piece(formats.visible(file.file_name), file.sha256 not in theirs) for file in of.files)


def _receiver(seen: ReceiverSeen | None) -> str:
    if seen is None:
        return ""
    return formats.masked_email(seen.email) if seen.email else f"{seen.recipient} {formats.masked_address(seen.address)}".strip()


def _split(language: Words, text: str) -> str:
    by, *own = text.split() or ["fewest"]
    shown = sentences.label(language, f"split:{by}")
    return f"{shown} + {len(own)}" if own else shown


def _field(language: Words, name: str) -> str:
    return language.gettext(FIELDS[name])
