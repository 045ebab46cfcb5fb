"""The mail sink: what arrives is kept as it is, and shown without running any of it."""

import smtplib
from email.message import EmailMessage
from uuid import uuid4

import pytest

from tests.simulators.running import Simulator


def deliver(mail: Simulator, to: str, html: str = "", name: str = "发票 26332.pdf") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "fapiao@kaipiao.example", to, "您的电子发票已开具"
    message["Message-ID"] = f"<{uuid4().hex}@kaipiao.example>"
    message.set_content("请查收附件。")
    if html:
        message.add_alternative(html, subtype="html")
    message.add_attachment(b"%PDF-1.7 bytes", maintype="application", subtype="pdf", filename=name)
    with smtplib.SMTP("127.0.0.1", mail.smtp_port, local_hostname="localhost", timeout=20) as server:
        server.send_message(message)
    return message


def somebody() -> str:
    return f"{uuid4().hex}@customer.example"


def test_a_mail_is_found_by_its_recipient_with_its_attachment_intact(mail: Simulator) -> None:
    to = somebody()
    sent = deliver(mail, to)
    deliver(mail, somebody())
    (found,) = mail.get(f"/api/mails?to={to.upper()}")["mails"]
    assert (found["subject"], found["message_id"], found["to"]) == ("您的电子发票已开具", sent["Message-ID"], [to])
    one = mail.get(f"/api/mails/{found['id']}")
    assert one["text"].strip() == "请查收附件。"
    assert one["attachments"] == [{"name": "发票 26332.pdf", "media_type": "application/pdf", "size": 14}]
    file = mail.client.get(f"{mail.url}/mails/{found['id']}/attachments/0")
    assert file.content == b"%PDF-1.7 bytes"
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''%E5%8F%91%E7%A5%A8%2026332.pdf"
    assert mail.client.get(f"{mail.url}/mails/{found['id']}/attachments/1").status_code == 404


def test_the_html_of_a_mail_stands_in_a_sandbox(mail: Simulator) -> None:
    to = somebody()
    deliver(mail, to, html="<p>发票</p><script>alert(1)</script><img src='https://tracker.example/x.png'>", name="<b>.pdf")
    number = mail.get(f"/api/mails?to={to}")["mails"][0]["id"]
    page = mail.client.get(f"{mail.url}/mails/{number}")
    assert f'<iframe sandbox title="The mail\'s HTML" src="/mails/{number}/html">' in page.text
    assert "alert(1)" not in page.text
    assert "&lt;b&gt;.pdf" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    shown = mail.client.get(f"{mail.url}/mails/{number}/html")
    assert shown.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert "<p>发票</p>" in shown.text
    assert to in mail.client.get(f"{mail.url}/?to={to}").text


def test_mails_survive_a_kill(own_mail: Simulator) -> None:
    to = somebody()
    deliver(own_mail, to)
    own_mail.restart()
    deliver(own_mail, to)
    assert [found["id"] for found in own_mail.get(f"/api/mails?to={to}")["mails"]] == [2, 1]


@pytest.mark.parametrize(
    ("kind", "more", "kept"),
    [
        ("fail-before", {"status": 550}, 0),
        ("fail-before", {}, 0),
        ("away", {}, 0),
        ("fail-after", {}, 1),
        ("slow", {"seconds": 0.1}, 1),
        ("late", {"seconds": 0.1}, 1),
        ("twice", {}, 2),
    ],
)
def test_smtp_can_fail_before_and_after_the_mail_is_kept(mail: Simulator, kind: str, more: dict[str, object], kept: int) -> None:
    to = somebody()
    mail.order(kind, method="SMTP", containing=to, **more)
    if kind in ("slow", "late", "twice"):
        deliver(mail, to)
    elif kind == "fail-before":
        with pytest.raises(smtplib.SMTPDataError) as refusal:
            deliver(mail, to)
        assert refusal.value.smtp_code == more.get("status", 451)
    else:
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            deliver(mail, to)
    assert len(mail.get(f"/api/mails?to={to}")["mails"]) == kept
    assert mail.faults()[0]["injected"] == 1


def test_bytes_that_are_no_mail_are_shown_as_well_as_can_be(mail: Simulator) -> None:
    to = somebody()
    with smtplib.SMTP("127.0.0.1", mail.smtp_port, local_hostname="localhost", timeout=20) as server:
        server.sendmail(
            "a@b.example", [to], b"Subject: =?utf-8?b?////?=\r\nContent-Type: text/plain; charset=nonsense\r\n\r\n\xff\xfe\x00 end"
        )
    number = mail.get(f"/api/mails?to={to}")["mails"][0]["id"]
    assert mail.client.get(f"{mail.url}/mails/{number}").status_code == 200
    assert "end" in mail.get(f"/api/mails/{number}")["text"]
