"""One renderer for all tests of documents: it keeps the fonts."""

import pytest

from domain.ports import RenderedInvoice
from infra.documents.renderer import InvoiceRenderer
from infra.parts.node import font_folder
from infra.settings import settings
from tests.infra.documents.faces import ALL


@pytest.fixture(scope="session")
def renderer() -> InvoiceRenderer:
    return InvoiceRenderer([font_folder(settings())])


@pytest.fixture(scope="session")
def rendered(renderer: InvoiceRenderer) -> dict[str, RenderedInvoice]:
    """Every face of the tests, rendered once."""
    return {name: renderer.render(face) for name, face in ALL.items()}
