"""The mailer against the real sink."""

from typing import Any

import pytest

from domain.ports import Attachment, OutsideRefused, OutsideUnavailable
from infra.mail import SmtpMailer
from tests.infra.asks import mail_message
from tests.infra.s3 import free_port
from tests.simulators.running import Simulator

SENDER = "开票 Kaipiao <fapiao@kaipiao.example>"


@pytest.fixture
def mailer(mail: Simulator) -> SmtpMailer:
    return SmtpMailer("127.0.0.1", mail.smtp_port, SENDER, timeout_seconds=0.5)


def arrived(mail: Simulator, to: str) -> list[dict[str, Any]]:
    found = mail.get(f"/api/mails?to={to}")["mails"]
    return [mail.get(f"/api/mails/{one['id']}") for one in found]


def test_a_mail_arrives_as_it_was_written(mail: Simulator, mailer: SmtpMailer) -> None:
    files = (
        Attachment("发票_26332000000000000001_乙科技（北京）有限公司.pdf", "application/pdf", bytes(range(256)) * 300),
        Attachment("发票.xml", "application/xml", "<甲>乙</甲>".encode()),
    )
    message = mail_message(attachments=files)
    mailer.send(message)
    (one,) = arrived(mail, message.to)
    headers = {name.lower(): value for name, value in one["headers"]}
    assert one["message_id"] == headers["message-id"] == f"<{message.message_id}@kaipiao.example>"
    assert (one["subject"], headers["from"], headers["to"]) == (message.subject, SENDER, message.to)
    assert one["text"].replace("\r\n", "\n").rstrip("\n") == message.text
    assert one["html"].strip() == message.html
    assert [(file["name"], file["media_type"]) for file in one["attachments"]] == [(file.file_name, file.media_type) for file in files]
    for place, file in enumerate(files):
        assert mail.client.get(f"{mail.url}/mails/{one['id']}/attachments/{place}").content == file.content


def test_a_repeat_has_the_same_message_id(mail: Simulator, mailer: SmtpMailer) -> None:
    message = mail_message(message_id="<derived@kaipiao.example>")
    mailer.send(message)
    mailer.send(message)
    assert [one["message_id"] for one in arrived(mail, message.to)] == ["<derived@kaipiao.example>"] * 2


@pytest.mark.parametrize(
    ("fault", "kept"),
    [
        ({"kind": "fail-before", "status": 451}, 0),
        ({"kind": "fail-before", "status": 421}, 0),
        ({"kind": "away"}, 0),
        ({"kind": "fail-after"}, 1),
        ({"kind": "late", "seconds": 1.0}, 1),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_a_mail_that_was_not_clearly_taken_is_a_doubt(mail: Simulator, mailer: SmtpMailer, fault: dict[str, Any], kept: int) -> None:
    message = mail_message()
    mail.order(**fault, method="SMTP", containing=message.to)
    with pytest.raises(OutsideUnavailable):
        mailer.send(message)
    assert len(arrived(mail, message.to)) == kept
    mailer.send(message)
    assert {one["message_id"] for one in arrived(mail, message.to)} == {f"<{message.message_id}@kaipiao.example>"}


def test_a_slow_server_is_a_doubt(mail: Simulator, mailer: SmtpMailer) -> None:
    message = mail_message()
    mail.order("slow", seconds=1.0, method="SMTP", containing=message.to)
    with pytest.raises(OutsideUnavailable):
        mailer.send(message)


def test_a_refusal_is_for_good(mail: Simulator, mailer: SmtpMailer) -> None:
    message = mail_message()
    mail.order("fail-before", status=550, method="SMTP", containing=message.to)
    with pytest.raises(OutsideRefused) as refusal:
        mailer.send(message)
    assert refusal.value.code == "smtp-550"
    assert arrived(mail, message.to) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "x\r\nBcc: thief@evil.example"},
        {"to": "nobody"},
        {"to": "a@b.example, c@d.example"},
        {"to": "a@b.example\r\nBcc: c@d.example"},
        {"to": ""},
        {"message_id": "a\nb"},
    ],
)
def test_a_mail_whose_headers_would_break_is_not_sent(mail: Simulator, mailer: SmtpMailer, wrong: dict[str, str]) -> None:
    before = mail.get("/api/mails?limit=1")["mails"]
    with pytest.raises(OutsideRefused) as refusal:
        mailer.send(mail_message(**wrong))
    assert refusal.value.code == "malformed-message"
    assert mail.get("/api/mails?limit=1")["mails"] == before


def test_no_server_is_a_doubt() -> None:
    with pytest.raises(OutsideUnavailable):
        SmtpMailer("127.0.0.1", free_port(), SENDER, timeout_seconds=0.5).send(mail_message())


def test_a_sender_without_an_address_is_a_mistake_of_the_settings() -> None:
    with pytest.raises(ValueError, match="not a sender"):
        SmtpMailer("127.0.0.1", 25, "Kaipiao")
