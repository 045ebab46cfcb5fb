"""Help pages: the list, the search, one article. Open to everybody, and also while the database does not answer."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from domain.access import Right
from web.article_search import LONGEST
from web.dependencies import Anybody, Show
from web.errors import NotFound

router = APIRouter(prefix="/help")


@router.get("")
async def help_pages(request: Request, _person: Anybody, show: Show, question: Annotated[str, Query(alias="q")] = "") -> Response:
    """All articles by subject, or those that answer a question."""
    locale = show.locale(request)
    asked = " ".join(question.split())[:LONGEST]
    hits = show.help.find(locale, asked) if asked else []
    return show.page(request, "help/list.html", active="help", groups=show.libraries[locale].groups(), question=asked, hits=hits)


@router.get("/{slug}")
async def article(request: Request, slug: str, person: Anybody, show: Show) -> Response:
    library = show.libraries[show.locale(request)]
    found = library.articles.get(slug)
    if found is None:
        raise NotFound
    subject, others = library.group_of(slug)
    return show.page(
        request,
        "help/article.html",
        active="help",
        article=found,
        following=library.articles.get(found.next),
        subject=subject,
        others=others,
        may_ask=person is not None and person.may(Right.ASK_SUPPORT),
    )
