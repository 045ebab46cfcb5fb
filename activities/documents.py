"""The document of an invoice: rendered once, read back, stored under its hash with a lock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.clock import utc_now
from domain.books import DeliveryBooks
from domain.ports import Documents, OutsideUnavailable, Renderer

PDF = "application/pdf"
XML = "application/xml"


@dataclass(frozen=True, slots=True)
class DocumentStep:
    """The invoice whose documents are wanted, or with `red` those of its red-letter one."""

    invoice_id: str
    red: bool = False


@dataclass
class DocumentActivities:
    renderer: Renderer
    documents: Documents
    books: DeliveryBooks
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def store_documents(self, step: DocumentStep) -> None:
        """Render, read back, store, record. The same invoice renders to the same bytes, so a repeat stores nothing new."""
        face = self.books.face(step.invoice_id, red=step.red)
        rendered = self.renderer.render(face)
        differing = self.renderer.disagreements(face, rendered)
        if differing:
            raise ApplicationError(f"The documents do not say what was issued: {', '.join(differing)}", type="documents-disagree")
        try:
            pdf = self.documents.store(rendered.pdf, PDF)
            xml = self.documents.store(rendered.xml, XML)
        except OutsideUnavailable as failure:
            raise ApplicationError(f"The document store does not answer: {failure}", type="store-unavailable") from failure
        self.books.record_documents(step.invoice_id, pdf, xml, self.clock(), red=step.red)
