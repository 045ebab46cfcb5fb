"""What every simulator shares as a process: its application with the admin routes, its errors, its listening socket."""

import json
import os
import socket

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.responses import Response
from starlette.types import ASGIApp, Lifespan

from simulators.faults import FaultBox, fault_routes
from simulators.faulty import Faulty


def new_app(name: str, box: FaultBox, lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """An application with `/health`, the fault routes, and errors in the form `{code, detail}`."""
    app = FastAPI(title=name, docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.include_router(fault_routes(box))

    async def malformed(_: Request, problem: Exception) -> Response:
        return error(422, "malformed", str(problem)[:2000])

    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(ValidationError, malformed)

    @app.get("/health")
    async def health() -> dict[str, object]:
        return {"name": name, "ok": True}

    return app


def error(status: int, code: str, detail: str = "", **more: object) -> Response:
    """An error in the form all simulators share."""
    body = json.dumps({"code": code, "detail": detail, **more}, ensure_ascii=False)
    return Response(body, status_code=status, media_type="application/json")


def listening(host: str, port: int) -> socket.socket:
    """A socket that accepts connections; port 0 takes a free one. Ends the process with one line when the port is taken."""
    try:
        return socket.create_server((host, port), backlog=512)
    except OSError as problem:
        raise SystemExit(f"cannot listen on {host}:{port}: {os.strerror(problem.errno or 0)}") from problem


def serve(name: str, app: ASGIApp, box: FaultBox, listener: socket.socket) -> None:
    """Answer until told to stop; the address is printed once connections are accepted."""
    address = listener.getsockname()
    print(f"{name} listens on http://{address[0]}:{address[1]}", flush=True)
    config = uvicorn.Config(
        Faulty(app, box),
        log_level="warning",
        access_log=False,
        timeout_keep_alive=75,  # longer than any client keeps a connection, so that none is cut under a request
        timeout_graceful_shutdown=2,
        server_header=False,
        proxy_headers=False,
    )
    uvicorn.Server(config).run(sockets=[listener])
