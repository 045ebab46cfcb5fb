"""Real-name authentications for tests: valid by default, override what matters."""

import hashlib
import itertools
from dataclasses import replace
from datetime import datetime

from domain.authentication import AuthenticationKind, AuthenticationRequest, Submission
from domain.files import CheckedFile
from domain.licences import LicenceReading
from domain.messages import Policy
from domain.ports import AttachmentStore
from infra.authentications import Submitting, keep_picture, submit_authentication
from infra.database import Database
from tests.factories import Customer

_numbers = itertools.count(1)

COMPANY = Submission(
    AuthenticationKind.ENTERPRISE,
    "北京星渚信息技术有限公司",
    "91110108MA7Q5X2H2Y",
    "周启明",
    "周启明",
    "13800004417",
    "zhou@xingzhu.example",
)
PERSON = Submission(AuthenticationKind.PERSONAL, "王小芳", "110105199003070025", "", "", "13800004418", "wang@xingzhu.example")
"""An invented person: nobody was given this number, its check digit fits."""
SHOP = replace(COMPANY, kind=AuthenticationKind.INDIVIDUAL_BUSINESS, name="北京市朝阳区拾光面馆", licence_number="92110105MA00A1B201")
READING = LicenceReading(COMPANY.name, COMPANY.licence_number, "周启明", "北京市海淀区知春路 1 号")
PICTURE = b"\x89PNG\r\n\x1a\n a licence"


def next_number() -> str:
    return f"RZ-261121-{next(_numbers):08d}"


def make_authentication(
    database: Database,
    store: AttachmentStore,
    customer: Customer,
    now: datetime,
    submission: Submission = COMPANY,
    *,
    policy: Policy | None = None,
) -> AuthenticationRequest:
    """A submitted one, whose life is to begin."""
    number = next_number()
    file = CheckedFile(hashlib.sha256(PICTURE).hexdigest(), "licence.png", "image/png", PICTURE, looked_into=True)
    store.put(PICTURE, "image/png")
    picture_id = keep_picture(database, file, number, customer.enterprise_id, customer.user_id, now)
    submit_authentication(database, Submitting(number, customer.enterprise_id, customer.user_id, submission, picture_id), now)
    kind = AuthenticationKind(submission.kind)
    return AuthenticationRequest(number, customer.enterprise_id, customer.user_id, kind, policy or Policy())
