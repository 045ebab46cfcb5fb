"""Headers of every answer, and the browser's own word on where a changing request comes from."""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # data: for the small pictures in Tabler's style sheet
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS: Mapping[str, str] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}

ANSWER_HEADERS: Mapping[str, str] = {**HEADERS, "cache-control": "no-store"}
"""All of them, for an answer that does not pass the middleware."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def comes_from_here(headers: Headers) -> bool:
    """Whether a changing request was made by one of our own pages.

    Browsers say so in Sec-Fetch-Site, older ones in Origin. A program that sends neither carries no cookie of a person's.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")


def _without_body(send: Callable[[Message], Awaitable[None]]) -> Callable[[Message], Awaitable[None]]:
    """The same answer's head alone, as HEAD asks for."""

    async def answer(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return answer


class Security:
    """ASGI middleware: refuses other sites' forms before anything is read, answers HEAD like GET, and adds the headers.

    `refusal` makes the answer to another site's form.
    """

    def __init__(self, app: ASGIApp, refusal: Callable[[Scope], ASGIApp], callbacks: str = "/callbacks/") -> None:
        self.app = app
        self.refusal = refusal
        self.callbacks = callbacks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        answer = self._with_headers(path, send)
        unsafe = scope["method"] not in SAFE_METHODS and not path.startswith(self.callbacks)
        if unsafe and not comes_from_here(Headers(scope=scope)):
            await self.refusal(scope)(scope, receive, answer)
            return
        if scope["method"] == "HEAD":
            scope, answer = {**scope, "method": "GET"}, _without_body(answer)
        await self.app(scope, receive, answer)

    def _with_headers(self, path: str, send: Send) -> Callable[[Message], Awaitable[None]]:
        private = not path.startswith("/static/")

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if private:
                    headers.setdefault("cache-control", "no-store")
                else:
                    headers["cache-control"] = "public, max-age=31536000, immutable"
            await send(message)

        return answer
