"""All routers. Those of OPEN_ROUTERS need no session; what changes something there is guarded in its own way."""

from fastapi import APIRouter

from web import (
    applications,
    applying,
    callbacks,
    consumption,
    health,
    home,
    imports,
    invoices,
    library,
    operators,
    receiving,
    review,
    signing_in,
)

OPEN_ROUTERS: tuple[APIRouter, ...] = (health.router, signing_in.router, callbacks.router)
ROUTERS: tuple[APIRouter, ...] = (
    signing_in.private_router,
    home.router,
    consumption.router,
    applying.router,
    applications.router,
    invoices.router,
    library.router,
    review.router,
    receiving.router,
    imports.router,
    operators.router,
)
