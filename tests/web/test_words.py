"""Both languages are complete: every text of templates and sentences has a Chinese one, and every code a sentence."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from infra.queries.balances import Balance
from web import sentences
from web.consumption import SHOWS
from web.home import FORMULA, formula
from web.navigation import PLACES
from web.words import choose_locale, read_catalogue, words

CHECKOUT = Path(__file__).resolve().parents[2]
WEB = CHECKOUT / "web"


def texts_of_templates() -> set[str]:
    found = extract_from_dir(
        WEB / "templates", [("**.html", "jinja2.ext:babel_extract")], options_map={"**.html": {"newstyle_gettext": "true"}}
    )
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def texts_of_handlers() -> set[str]:
    """First arguments of gettext and say in web/*.py, and the words of tables that templates translate."""
    found = {word for _, word in SHOWS} | {word for _, word, _, _ in FORMULA} | {line.word for line in formula(Balance({}, ()))}
    for path in WEB.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in {"gettext", "say"} and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return found


def test_every_text_has_a_chinese_one() -> None:
    places = {place.word for place in PLACES} | {place.phone_word for place in PLACES if place.phone_word}
    every = texts_of_templates() | texts_of_handlers() | sentences.every_text() | places
    assert len(every) > 200
    assert sorted(every - set(words("zh").catalogue)) == []


def test_no_translation_is_left_over() -> None:
    places = {place.word for place in PLACES} | {place.phone_word for place in PLACES if place.phone_word}
    used = texts_of_templates() | texts_of_handlers() | sentences.every_text() | places
    assert sorted(set(words("zh").catalogue) - used) == []


def test_a_translation_has_the_same_places_to_fill() -> None:
    for english, chinese in words("zh").catalogue.items():
        for pattern in (r"\{(\w+)\}", r"%\((\w+)\)s"):
            missing = set(re.findall(pattern, chinese)) - set(re.findall(pattern, english))
            assert not missing, f"{english!r} does not give {missing}"


def codes_of_rules() -> set[str]:
    """Second arguments of Problem(...) in domain/ and web/, and of the helpers that pass one on."""
    found: set[str] = set()
    for path in [*(CHECKOUT / "domain").glob("*.py"), *WEB.glob("*.py"), *(CHECKOUT / "infra").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            place = {"Problem": 1, "finding": 0, "_expect": 1}.get(node.func.id)
            if place is None or len(node.args) <= place:
                continue
            code = node.args[place]
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                found.add(code.value)
    return found


def test_every_code_of_the_rules_has_a_sentence() -> None:
    codes = codes_of_rules()
    assert {"tax-id-length", "tax-id-swapped", "phone-form", "month-not-open"} <= codes
    imports = {code.removeprefix("import:") for code in sentences.REASONS if code.startswith("import:")}
    assert sorted(codes - set(sentences.PROBLEMS) - imports) == []


def kinds_of_events() -> set[str]:
    """Fourth arguments of tell(...) in infra/books, where they are written out, and both of a choice between two."""
    found: set[str] = set()
    for path in (CHECKOUT / "infra" / "books").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tell":
                kind = node.args[3]
                choices = [kind.body, kind.orelse] if isinstance(kind, ast.IfExp) else [kind]
                found |= {one.value for one in choices if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return found


def test_every_event_that_the_books_tell_has_a_sentence() -> None:
    kinds = kinds_of_events()
    assert {"issued", "texted", "red-asked", "mailed"} <= kinds
    assert sorted(kinds - set(sentences.EVENTS)) == []


def test_every_state_has_a_word() -> None:
    from domain.lifecycle import ApplicationState, DeliveryState, InvoiceState, ReturnState

    kinds = {"application": ApplicationState, "invoice": InvoiceState, "delivery": DeliveryState, "return": ReturnState}
    wanted = {f"{kind}:{state}" for kind, states in kinds.items() for state in states}
    assert sorted(wanted - set(sentences.STATES)) == []


def test_every_deed_of_the_audit_has_a_word_of_its_own() -> None:
    from domain.audit import AuditAction

    deeds = {label: word for label, word in sentences.LABELS.items() if label.startswith("deed:")}
    assert set(deeds) == {f"deed:{action}" for action in AuditAction}
    assert len(set(deeds.values())) == len(deeds)
    assert len({words("zh").catalogue[word] for word in deeds.values()}) == len(deeds)


def actions_noted() -> set[str]:
    """What is passed to note_deed(...) and to the helpers with a parameter `action` that pass it on, as it is written."""
    found: set[str] = set()
    for path in (path for folder in ("infra", "web", "cli", "activities") for path in (CHECKOUT / folder).rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        if not any(isinstance(node, ast.Call) and getattr(node.func, "id", "") == "note_deed" for node in nodes):
            continue
        helpers = {node.name: [each.arg for each in node.args.args] for node in nodes if isinstance(node, ast.FunctionDef)}
        places = {name: names.index("action") for name, names in helpers.items() if "action" in names} | {"note_deed": 2}
        for node in nodes:
            if isinstance(node, ast.Call) and (place := places.get(getattr(node.func, "id", ""))) is not None:
                found.add(ast.unparse(node.args[place]))
    return found


def test_every_deed_that_is_noted_is_of_the_registry_and_each_of_the_registry_is_noted() -> None:
    """Free words would have no word in the languages; deeds made of a state are named by the states."""
    from domain.audit import AuditAction

    noted = actions_noted() - {"action"}
    made = {"AuditAction(f'ticket-{new.deed}')": "ticket-", "AuditAction(f'authentication-{state}')": "authentication-"}
    assert sorted(one for one in noted if not one.startswith("AuditAction.") and one not in made) == []
    named = {AuditAction[one.removeprefix("AuditAction.")] for one in noted if one.startswith("AuditAction.")}
    of_states = {action for action in AuditAction if any(action.startswith(stem) for form, stem in made.items() if form in noted)}
    assert named | of_states == set(AuditAction)


@pytest.mark.parametrize(
    ("cookie", "header", "locale"),
    [
        ("en", "zh-CN", "en"),
        ("", "fr, zh-TW;q=0.8, en;q=0.5", "zh"),
        ("", "en-GB", "en"),
        ("", "", "zh"),
        ("xx", "fr", "zh"),
    ],
)
def test_the_language_is_the_cookies_then_the_browsers_then_chinese(cookie: str, header: str, locale: str) -> None:
    assert choose_locale(cookie, header, "zh") == locale


def test_two_translations_of_one_text_are_refused(tmp_path: Path) -> None:
    from web.words import TwoTranslations

    for name, text in (("a.po", "甲"), ("b.po", "乙")):
        (tmp_path / name).write_text(f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "A"\nmsgstr "{text}"\n')
    with pytest.raises(TwoTranslations):
        read_catalogue(tmp_path)
