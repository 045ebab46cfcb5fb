"""Help pages: whole in both languages, no dead link, found by words in either language, open to everybody."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError

from domain.terms import EDITIONS
from infra.settings import Settings
from tests.web.conftest import Visit
from tests.web.test_routes import routes
from web.article_search import HelpSearch, marked, terms_of
from web.articles import GROUPS, Article, TextFault, legal_text, libraries, read_article
from web.figures import figures
from web.words import LOCALES, Locale

CHECKOUT = Path(__file__).resolve().parents[2]
SLUGS = [slug for _, slugs in GROUPS for slug in slugs]
HELD = libraries(figures(Settings(data_dir=CHECKOUT)))
SEARCH = HelpSearch(HELD)


def every_article() -> list[Article]:
    texts = [legal_text(str(each.document), each.version, locale) for each in EDITIONS for locale in LOCALES]
    return [*texts, *(each for held in HELD.values() for each in held.articles.values())]


def test_both_languages_have_the_same_articles_with_the_same_parts() -> None:
    assert len(SLUGS) == len(set(SLUGS)) >= 20
    for slug in SLUGS:
        chinese, english = HELD["zh"].articles[slug], HELD["en"].articles[slug]
        assert [part.anchor for part in chinese.parts] == [part.anchor for part in english.parts], slug
        assert (chinese.checked, chinese.next) == (english.checked, english.next), slug
        assert sorted(chinese.links) == sorted(english.links), slug


def test_a_text_is_in_its_own_language() -> None:
    for slug in SLUGS:
        for text in [*(part.text for part in HELD["zh"].articles[slug].parts), HELD["zh"].articles[slug].title]:
            assert not re.search(r"[A-Za-z]{3,} [A-Za-z]{3,} [A-Za-z]{3,}", text), (slug, text)
        assert not re.search("[\u4e00-\u9fff]{12,}", HELD["en"].articles[slug].title), slug


def test_every_article_leads_to_the_next_and_all_are_reached() -> None:
    for locale in LOCALES:
        reached, slug = set(), SLUGS[0]
        while slug not in reached:
            reached.add(slug)
            slug = HELD[locale].articles[slug].next
        assert reached == set(SLUGS)


def test_no_inner_link_is_dead(app: FastAPI) -> None:
    patterns = [re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)) + "$") for method, path in routes(app) if method == "GET"]
    seen = 0
    for article in every_article():
        for link in article.links:
            seen += 1
            path, _, anchor = link.partition("#")
            assert path.startswith("/"), f"{article.slug}: {link} leads elsewhere"
            assert not anchor, f"{article.slug}: {link}"
            if path.startswith("/help/"):
                assert path.removeprefix("/help/") in SLUGS, f"{article.slug}: {link}"
            else:
                assert any(pattern.match(path.partition("?")[0]) for pattern in patterns), f"{article.slug}: {link}"
    assert seen > 100


def test_every_help_link_of_a_template_has_its_article() -> None:
    used: set[str] = set()
    for path in (CHECKOUT / "web" / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert text.count("help_link(") == len(re.findall(r'help_link\("[a-z-]+"\)', text)), path.name
        used |= set(re.findall(r'help_link\("([a-z-]+)"\)', text))
    assert used <= set(SLUGS)
    assert {"titles", "kinds", "what-can-be-invoiced", "changing", "import"} <= used


@pytest.mark.parametrize(
    ("locale", "question", "slug"),
    [
        ("zh", "发票丢了怎么办", "reprint"),
        ("zh", "抬头填错", "titles"),
        ("zh", "公司改名了", "titles"),
        ("zh", "电子发票没收到", "electronic"),
        ("zh", "二维码扫不出", "printing"),
        ("zh", "怎么抵扣", "deduction"),
        ("zh", "忘记密码", "registration"),
        ("zh", "refund", "what-can-be-invoiced"),
        ("zh", "ＰＤＦ 下载", "electronic"),
        ("en", "lost invoice", "reprint"),
        ("en", "how do I change the title?", "titles"),
        ("en", "Vouchers", "what-can-be-invoiced"),
        ("en", "抬头", "titles"),
        ("en", "password forgotten", "registration"),
        ("en", "maintenance", "network"),
    ],
)
def test_a_question_finds_its_article_first(locale: Locale, question: str, slug: str) -> None:
    assert SEARCH.find(locale, question)[0].slug == slug


@pytest.mark.parametrize("question", ["", "   ", "?!", "天气预报", "zzzz", "%", "\\", "(((", "😀", "\u0301" * 80, "x" * 5000])
def test_what_is_no_question_of_ours_finds_nothing(question: str) -> None:
    for locale in LOCALES:
        assert SEARCH.find(locale, question) == []


def test_found_words_are_marked_and_the_rest_is_escaped() -> None:
    assert marked("a <b> Title", terms_of("titles")) == "a &lt;b&gt; <mark>Title</mark>"
    assert marked("专用发票的抬头错了", terms_of("发票抬头")) == "专用<mark>发票</mark>的<mark>抬头</mark>错了"


def test_a_text_cannot_bring_markup_or_a_script_along(tmp_path: Path) -> None:
    path = tmp_path / "bad.md"
    head = "---\ntitle: T\nsummary: S\nchecked: 2026-11-21\n---\n"
    path.write_text(head + '<script>alert(1)</script> [x](javascript:alert(1)) [out](https://example.org/) <img src=x onerror="y">\n')
    made = read_article(path, "en", {})
    assert "<script" not in made.body
    assert "<img" not in made.body
    assert 'href="javascript' not in made.body
    assert 'rel="noopener noreferrer"' in made.body
    path.write_text(head + "[[nobody]]\n")
    with pytest.raises(TextFault, match="nobody"):
        read_article(path, "en", {})


async def test_the_pages_are_open_to_everybody_and_lead_on(visit: Visit) -> None:
    for browser in (await visit(), await visit("master"), await visit("reviewer")):
        listed = (await browser.get("/help")).text
        assert "/help/first-steps" in listed
        page = await browser.get("/help/changing")
        assert page.status_code == 200
        assert "30 days from the invoice date" in page.text  # the figure comes from the rules
        assert "Last checked on 2026-11-21" in page.text
        assert 'rel="next" href="/help/reprint"' in page.text
    assert (await browser.get("/help/nothing-here")).status_code == 404


async def test_a_search_shows_its_finds_or_leads_to_support(visit: Visit) -> None:
    browser = await visit()
    found = (await browser.get("/help", params={"q": "lost invoice"})).text
    assert "<mark>lost</mark>" in found
    assert "/help/reprint#part-" in found
    nothing = await browser.get("/help", params={"q": '"><script>alert(1)</script>'})
    assert "<script>alert" not in nothing.text
    assert 'href="/help/support"' in nothing.text
    assert (await browser.get("/help", params={"q": "x" * 5000})).status_code == 200


async def test_the_pages_open_while_the_database_does_not_answer(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_arguments: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("unable to connect"))

    browser = await visit("master")
    monkeypatch.setattr("web.dependencies.person_of", gone)
    for path in ("/help", "/help/network", "/terms", "/privacy"):
        assert (await browser.get(path)).status_code == 200, path
    assert (await browser.get("/titles")).status_code == 503
