"""A real-name authentication of the demo that waits at the identity desk: a form with a drawn licence, as its customer would send it."""

import hashlib
import io
from datetime import datetime
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from sqlmodel import col, select

from domain.authentication import AuthenticationKind, AuthenticationRequest, AuthenticationState, Submission
from domain.calendar import china_date
from domain.files import CheckedFile
from domain.messages import Policy
from domain.ports import AttachmentStore
from domain.terms import Document, edition_on
from infra.authentications import Submitting, keep_picture, submit_authentication
from infra.database import Database
from infra.demo.companies import XIAOMAN
from infra.tables import AuthenticationRow, UserRow

NUMBER = "RZ-261101-DEM00001"
SUBMISSION = Submission(
    AuthenticationKind.INDIVIDUAL_BUSINESS,
    XIAOMAN.name,
    XIAOMAN.tax_id,
    XIAOMAN.recipient,
    XIAOMAN.recipient,
    XIAOMAN.phone,
    XIAOMAN.email,
)


def seed_authentication(
    database: Database, store: AttachmentStore, font: Path, policy: Policy, now: datetime
) -> AuthenticationRequest | None:
    """Keep the form and its picture, once; the people must be there. Gives what its life begins with, while that has not begun.

    Raises OutsideUnavailable when the store does not take the picture.
    """
    with database.read() as session:
        wen = session.exec(select(UserRow).where(col(UserRow.login) == "wen")).one()
        there = session.get(AuthenticationRow, NUMBER)
    assert wen.id is not None  # noqa: S101 (read from the database)
    assert wen.enterprise_id is not None  # noqa: S101 (she is a customer)
    if there is None:
        content = drawn_licence(font)
        store.put(content, "image/png")
        file = CheckedFile(hashlib.sha256(content).hexdigest(), "营业执照.png", "image/png", content, looked_into=True)
        picture = keep_picture(database, file, NUMBER, wen.enterprise_id, wen.id, now)
        version = edition_on(Document.PRIVACY, china_date(now)).version
        submit_authentication(database, Submitting(NUMBER, wen.enterprise_id, wen.id, SUBMISSION, picture, version), now)
    elif there.state != AuthenticationState.SUBMITTED:
        return None
    return AuthenticationRequest(NUMBER, wen.enterprise_id, wen.id, AuthenticationKind.INDIVIDUAL_BUSINESS, policy)


def drawn_licence(font: Path) -> bytes:
    """A licence as a PNG, plainly a sample: nobody's seal, nobody's number."""
    picture = Image.new("RGB", (1200, 760), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((24, 24, 1175, 735), outline="#7a2e1d", width=6)
    draw.text((600, 90), "营业执照", font=ImageFont.truetype(str(font), 54), fill="black", anchor="mm")
    draw.text((600, 150), "样张 SAMPLE", font=ImageFont.truetype(str(font), 24), fill="#7a2e1d", anchor="mm")
    text = ImageFont.truetype(str(font), 30)
    lines = (
        ("统一社会信用代码", XIAOMAN.tax_id),
        ("名　　称", XIAOMAN.name),
        ("类　　型", "个体工商户"),
        ("经营者", XIAOMAN.recipient),
        ("经营场所", XIAOMAN.address),
    )
    for place, (label, value) in enumerate(lines):
        draw.text((90, 230 + 96 * place), label, font=text, fill="black")
        draw.text((420, 230 + 96 * place), value, font=text, fill="black")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
