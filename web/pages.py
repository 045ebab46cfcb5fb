"""Rendering: one Jinja environment a language, with the formats of that language built in."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any, ClassVar

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup
from starlette.datastructures import URL

from domain.calendar import china_date
from domain.review_phrases import reason_in
from domain.tax_ids import check_tax_id
from infra.people import Person
from infra.settings import Settings
from web import formats, marks, sentences
from web.article_search import HelpSearch
from web.articles import libraries
from web.board import Board, closed_marks
from web.browsers import browser_name
from web.figures import figures
from web.fragments import Fragments
from web.icons import icon
from web.navigation import Place, closed_places_for, places_for
from web.words import HTML_LANGUAGE, LOCALES, Locale, Words, choose_locale, words

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"
LANGUAGE_COOKIE = "lang"


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


class _Compiled(BytecodeCache):
    """Compiled templates of this process by language and source, so that a second `Pages` costs nothing."""

    _code: ClassVar[dict[tuple[str, str, str], CodeType]] = {}

    def __init__(self, locale: str) -> None:
        self._locale = locale

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((self._locale, bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._code[self._locale, bucket.key, bucket.checksum] = bucket.code


class Pages:
    """Renders templates. `clock` says what time it is, so that tests can say another."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = now) -> None:
        self.settings = settings
        self.clock = clock
        self.kept = Fragments()
        self.board = Board()
        self.libraries = libraries(figures(settings))
        self.help = HelpSearch(self.libraries)
        self._environments = {locale: self._environment(words(locale)) for locale in LOCALES}

    def _environment(self, language: Words) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
            bytecode_cache=_Compiled(language.locale),
        )
        environment.install_gettext_callables(language.gettext, language.ngettext, newstyle=True)  # type: ignore[attr-defined]
        locale = language.locale
        environment.filters.update(
            money=formats.money,
            rate=formats.rate,
            count=formats.count,
            masked_phone=formats.masked_phone,
            masked_account=formats.masked_account,
            masked_email=formats.masked_email,
            masked_identity=formats.masked_identity,
            masked_login=formats.masked_login,
            masked_personal_id=formats.masked_personal_id,
            masked_address=formats.masked_address,
            last_four=formats.last_four,
            table_moment=formats.table_moment,
            table_day=formats.table_day,
            clock_time=formats.clock_time,
            browser_name=browser_name,
            month=lambda period: formats.month(period, locale),
            prose_day=lambda day: formats.prose_day(day, china_date(self.clock()), locale),
            prose_moment=lambda moment: formats.prose_moment(moment, self.clock(), locale),
            until=lambda moment: formats.until(moment, self.clock(), locale),
            before=lambda moment: formats.before(moment, self.clock(), locale),
            left=lambda moment: formats.left(moment, self.clock(), locale),
            file_size=formats.file_size,
            joined=lambda parts: formats.joined(list(parts), locale),
            groups=formats.groups,
            visible=formats.visible,
            tax_id_groups=formats.tax_id_groups,
            money_parts=formats.money_parts,
        )
        environment.globals.update(
            icon=icon,
            locale=locale,
            html_language=HTML_LANGUAGE[locale],
            now=self.clock,
            problem=partial(sentences.problem, language, self.clock),
            note_sentence=partial(sentences.note, language),
            event_sentence=partial(sentences.event, language, self.clock),
            state_of=partial(sentences.state, language),
            page_state_of=partial(sentences.page_state, language),
            reason_sentence=partial(sentences.reason, language),
            bureau_sentence=partial(sentences.bureau, language),
            said=partial(reason_in, locale),
            field_name=partial(sentences.field_name, language),
            label=partial(sentences.label, language),
            meant_tax_id=_meant_tax_id,
            version=_static_version(),
            money_mark=marks.money_mark(language),
            number_mark=marks.number_mark,
            help_link=marks.help_link(self.libraries[locale]),
        )
        for name in environment.list_templates():
            environment.get_template(name)  # an update in place must not reach a running process page by page
        return environment

    def locale(self, request: Request) -> Locale:
        return choose_locale(
            request.cookies.get(LANGUAGE_COOKIE, ""), request.headers.get("accept-language", ""), self.settings.default_locale
        )

    def words(self, request: Request) -> Words:
        """The language of this request, for sentences made in a handler."""
        return words(self.locale(request))

    def text(self, request: Request, template: str, context: Mapping[str, Any]) -> str:
        """A template's text for this request; every page finds `person`, `places`, `active`, `csrf`, `here`, `message` in it."""
        person: Person | None = getattr(request.state, "person", None)
        environment = self._environments[self.locale(request)]
        places = tuple(places_for(person)) if person else ()
        closed = tuple(closed_places_for(person)) if person else ()
        shell: dict[str, Any] = {
            "person": person,
            "places": places,
            "menu": partial(self._menu, environment, places, closed),
            "active": "",
            "csrf": person.csrf_token if person else "",
            "here": here(request.url),
            "settings": self.settings,
            "message": None,
            "banners": self.board.shown(self.clock(), frozenset(closed_marks(request))),
            "banner_back": here(request.url) if request.method == "GET" else "/",
        }
        return environment.get_template(template).render(shell | dict(context))

    def _menu(self, environment: Environment, places: tuple[Place, ...], closed: tuple[Place, ...], active: str) -> Markup:
        """The sidebar, which is the same on every page of people with the same rights."""
        key = ("menu", environment.globals["locale"], places, closed, active)
        kept = self.kept.get(key)
        if kept is None:
            text = environment.get_template("shell/menu.html").render(places=places, closed_places=closed, active=active)
            kept = self.kept.keep(key, Markup(text))  # noqa: S704 (our own template, which escapes)
        return kept

    def fragment(self, request: Request, template: str, **context: Any) -> Markup:
        """A piece of a page, for another template to stand in or to be kept."""
        return Markup(self.text(request, template, context))  # noqa: S704 (our own templates, which escape)

    def page(self, request: Request, template: str, status_code: int = 200, **context: Any) -> HTMLResponse:
        """A whole page (or, for a fragment's template, the fragment)."""
        return HTMLResponse(self.text(request, template, context), status_code=status_code)


def _meant_tax_id(text: str, verified: str) -> str:
    """The whole tax id to offer in place of a wrong one; empty when that would be a guess."""
    found = check_tax_id(text, verified=verified)
    return found.suggestion if found.sure and not found.ok else ""


def here(url: URL) -> str:
    """The address of this page on this site, to come back to."""
    return url.path + (f"?{url.query}" if url.query else "")


def safe_path(path: str) -> str:
    """A path on this site, or `/`: nobody is sent elsewhere by a parameter."""
    fine = path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path and "\r" not in path
    return path if fine else "/"


def _static_version() -> str:
    """Changes when a style or script of ours or Tabler's does, so that browsers may keep them for long."""
    files = [path for path in STATIC.rglob("*") if path.suffix in {".css", ".js"}]
    return format(int(max((path.stat().st_mtime for path in files), default=0)), "x")
