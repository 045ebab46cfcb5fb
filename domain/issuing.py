"""What the tax bureau recorded against what we asked for: nothing is believed that differs (`reliability.md` S8.GA)."""

from dataclasses import dataclass

from domain.ports import BureauRecord, IssueRequest


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of the bureau's record that is not what we asked for."""

    field: str
    recorded: object
    asked: object

    def __str__(self) -> str:
        return f"{self.field} is {self.recorded!r}, asked was {self.asked!r}"


def differences(request: IssueRequest, record: BureauRecord) -> list[Difference]:
    """Where the bureau's record is not what this request asks for; empty when all agrees (`reliability.md` S8.GA, O5, O7)."""
    tax_fen = sum(line.tax_fen for line in request.lines)
    pairs = [
        ("request_id", record.request_id, request.request_id),
        ("total_fen", record.total_fen, request.total_fen),
        ("tax_fen", record.tax_fen, tax_fen),
        ("buyer_tax_id", record.buyer_tax_id, request.buyer.tax_id),
        ("seller_tax_id", record.seller_tax_id, request.seller.tax_id),
        ("original_number", record.original_number, request.original_number),
        ("province", record.number[2:4], request.province),
    ]
    found = [Difference(*pair) for pair in pairs if pair[1] != pair[2]]
    if bool(record.red_sheet_number) != bool(request.original_number):
        found.append(Difference("red_sheet_number", record.red_sheet_number, "one" if request.original_number else "none"))
    return found
