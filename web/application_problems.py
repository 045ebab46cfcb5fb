"""What can be said against an application before anything is written. The reservation checks again, on the rows of its moment."""

from dataclasses import replace
from datetime import date

from domain.access import Right
from domain.amounts import yuan
from domain.authentication import invoicing_problems
from domain.errors import Problem
from domain.invoice_templates import form_problem_code, tidy_number
from domain.invoices import InvoiceKind, Medium, Party
from domain.numbers import is_application_number, is_fresh_number
from infra.people import Person
from web.application_form import NEW, Entries, Offer
from web.selection import Selection
from web.split_preview import split_problems


def form_problems(person: Person, offer: Offer, entries: Entries, drawn_by: date | None = None) -> list[Problem]:
    """What can be said without writing anything. The reservation checks again, on the rows of its moment.

    `drawn_by`: the number has to be of this day or the day before.
    """
    problems: list[Problem] = []
    if not (is_application_number(entries.number) if drawn_by is None else is_fresh_number(entries.number, drawn_by)):
        problems.append(Problem("number", "number-form"))
    if not person.verified:
        problems.append(Problem("enterprise", "not-verified"))
    lost = selection_problems(offer.selection, entries.expected_fen)
    problems += lost
    if not lost and (offer.selection.amount_fen <= 0 or not offer.selection.plan):
        problems.append(Problem("records", "nothing-ticked"))
    if not lost:
        problems += split_problems(offer.selection, entries.expected_plan)
    problems += template_problems(offer, entries)
    known = {str(each.id): each for each in offer.titles}
    if entries.title == NEW and not person.may(Right.KEEP_TITLES):
        problems.append(Problem("title", "titles-not-yours"))
    elif entries.title != NEW:
        chosen = known.get(entries.title)
        if chosen is None:
            problems.append(Problem("title", "choose-one"))
        elif not chosen.is_usable:
            problems.append(Problem("title", f"title-{chosen.state}"))
        elif entries.kind == InvoiceKind.SPECIAL and not chosen.fits_special_invoice:
            problems.append(Problem("kind", "tax-id-needed"))
    stored = known.get(entries.title)
    party = entries.new_title if entries.title == NEW else Party(stored.name, stored.tax_id) if stored is not None else None
    if party is not None:
        found = invoicing_problems(offer.customer_kind, person.enterprise_name, party, InvoiceKind(entries.kind))
        problems += [replace(each, field="title") if each.field == "title_id" else each for each in found]
    if entries.medium == Medium.PAPER:
        if offer.without_paper:
            problems.append(Problem("medium", "electronic-only", {"entity": "、".join(offer.without_paper)}))
        wanted, choice, there = "postal", entries.postal, offer.addresses
    else:
        wanted, choice, there = "email", entries.email, offer.emails
    if choice == NEW and not person.may(Right.KEEP_TITLES):
        problems.append(Problem(wanted, "titles-not-yours"))
    elif choice != NEW and choice not in {str(each.id) for each in there}:
        problems.append(Problem(wanted, "choose-one"))
    return problems


def selection_problems(selection: Selection, expected_fen: int | None) -> list[Problem]:
    """Where what is applied for is not what was ticked: lost records, each with the reason, and another sum than was shown.

    When nothing is left, or the amount cannot be read, the sum is no news beside the reasons.
    """
    wanted = selection.wanted
    stopped = selection.stopped
    if stopped is not None and stopped.field == "records":
        return [stopped]
    problems = selection.lost_problems
    if selection.apart_only:
        problems.append(Problem("records", "accounts-apart"))
    if selection.nothing_left and (problems or expected_fen is not None):
        return problems or [Problem("records", "nothing-left")]
    choice = selection.choice
    if choice.missing_fen:
        params = {"arrears": yuan(choice.arrears_fen + choice.missing_fen), "ticked": yuan(choice.ticked_fen)}
        problems.append(Problem("records", "arrears-not-covered", params))
    elif stopped is not None:
        problems.append(stopped)
    unread = any(problem.field == "amount" for problem in wanted.problems)
    if not unread and expected_fen is not None and expected_fen != selection.amount_fen:
        amounts = {"old_fen": str(expected_fen), "new_fen": str(selection.amount_fen)}
        problems.append(Problem("amount", "amount-left" if selection.lost_problems else "amount-changed", amounts))
    return problems


def template_problems(offer: Offer, entries: Entries) -> list[Problem]:
    """What is wrong with the industry template and its agreement number; a number without a template is not dropped."""
    if not entries.template:
        return [Problem("agreement", "agreement-without-template")] if entries.agreement else []
    template = next((each for each in offer.templates if each.code == entries.template), None)
    if template is None:
        return [Problem("template", "choose-one")]
    if not entries.agreement:
        return [Problem("agreement", "field-needed")]
    if not template.fits(entries.agreement):
        return [Problem("agreement", form_problem_code(entries.agreement), {"example": template.example})]
    return [] if agreement_id(offer, entries) else [Problem("agreement", "agreement-unknown")]


def agreement_id(offer: Offer, entries: Entries) -> int:
    """The kept agreement that was typed; 0 without a template, and for a number that is not kept."""
    template = next((each for each in offer.templates if each.code == entries.template), None)
    return template.numbers.get(tidy_number(entries.agreement), 0) if template is not None else 0
