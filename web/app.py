"""The web process: `create_app()`. Pages are served whether or not Temporal answers; only what needs it says so."""

from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope
from temporalio.client import Client

from domain.ports import AttachmentStore, Documents, Inbox
from infra import settings as settings_module
from infra.database import Database, make_engine
from infra.factor_keys import factor_keys
from infra.post import Post, make_post
from infra.scanner import scanner
from infra.settings import Settings
from web.announcements import fresh_board
from web.dependencies import Services, genuine_form, person_or_none, services
from web.errors import add_error_pages
from web.pages import STATIC, Pages
from web.routes import OPEN_ROUTERS, ROUTERS
from web.security import Security

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

READ_THREADS = 8
"""Reads at once; a page needs a few milliseconds of one."""


def create_app(
    settings: Settings | None = None,
    *,
    database: Database | None = None,
    temporal: Client | None = None,
    documents: Documents | None = None,
    attachments: AttachmentStore | None = None,
    inbox: Inbox | None = None,
    post: Post | None = None,
    pages: Pages | None = None,
) -> FastAPI:
    """The application. What is not given is made from the settings, which default to those of the environment."""
    settings = settings or settings_module.settings()
    database = database or Database(make_engine(settings.database_url))
    pages = pages or Pages(settings)
    executor = ThreadPoolExecutor(max_workers=READ_THREADS, thread_name_prefix="kaipiao-web")
    client = temporal

    async def connected() -> Client:
        nonlocal client
        if client is None:
            client = await _connect(settings)
        return client

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        for pool in (executor, held.hashing, held.sending):
            pool.shutdown(wait=True, cancel_futures=True)

    app = FastAPI(title="Kaipiao", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(fresh_board)])
    held = Services(
        settings,
        database,
        pages,
        documents or _documents(settings),
        connected,
        executor,
        attachments or _attachments(settings),
        post or make_post(settings),
        factor_keys(settings),
        scanner(settings),
        inbox=inbox or _inbox(settings),
    )
    app.state.services = held

    def from_another_site(scope: Scope) -> Response:
        return pages.page(Request(scope), "errors/other_site.html", 403)

    app.add_middleware(Security, refusal=from_another_site)
    _include(app, OPEN_ROUTERS, genuine=False)
    _include(app, ROUTERS, genuine=True)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    async def know_person(request: Request) -> object:
        return await person_or_none(request, await services(request))

    add_error_pages(app, pages, know_person)
    return app


def _include(app: FastAPI, routers: Iterable[APIRouter], *, genuine: bool) -> None:
    """Routers of pages check the form's token; those of sign-in, callbacks and health have no session to bind it to."""
    for router in routers:
        app.include_router(router, dependencies=[Depends(genuine_form)] if genuine else None)


async def _connect(settings: Settings) -> Client:
    from infra.temporal import connect

    return await connect(settings, lazy=True)


def _s3(settings: Settings) -> "S3Client":
    from infra.store import s3_client

    return s3_client(
        settings.s3_endpoint, settings.s3_region, settings.s3_access_key.get_secret_value(), settings.s3_secret_key.get_secret_value()
    )


def _attachments(settings: Settings) -> AttachmentStore:
    from infra.store import S3Attachments

    return S3Attachments(_s3(settings), settings.s3_attachments_bucket)


def _inbox(settings: Settings) -> Inbox:
    from infra.inbox import S3Inbox

    return S3Inbox(_s3(settings), settings.s3_inbox_bucket)


def _documents(settings: Settings) -> Documents:
    from infra.store import S3Documents

    return S3Documents(_s3(settings), settings.s3_bucket, settings.s3_retention_days, settings.s3_lock_mode)
