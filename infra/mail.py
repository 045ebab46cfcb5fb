"""E-mail by SMTP: MIME made by `email`, our own Message-ID, and a clear answer about whether the server took it."""

import smtplib
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from email.errors import HeaderParseError, MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from domain.ports import MailMessage, OutsideRefused, OutsideUnavailable

TOO_LARGE = 552
"""The one refusal of a sender that is about the mail (its announced size); any other is ours to mend."""


class SmtpMailer:
    """Implements `domain.ports.Mailer`: a connection for each mail.

    `sender` is as in a From header, `开票 <fapiao@example.com>`. `user` empty means no sign-in.
    """

    def __init__(
        self,
        host: str,
        port: int,
        sender: str,
        timeout_seconds: float = 10.0,
        user: str = "",
        password: str = "",
        starttls: bool = False,
    ) -> None:
        self.host = host
        self.port = port
        self.timeout_seconds = timeout_seconds
        self.user = user
        self.password = password
        self.starttls = starttls
        self.sender_name, self.sender_address = parseaddr(sender)
        if "@" not in self.sender_address:
            raise ValueError(f"{sender!r} is not a sender")
        self.domain = self.sender_address.rpartition("@")[2]

    def send(self, message: MailMessage) -> None:
        """Returning means that the server took it.

        Raises OutsideRefused (5xx, or an address or header that is none) or OutsideUnavailable.
        """
        mail = self.built(message)
        try:
            # The name is given because smtplib would ask the resolver for it, which can take long.
            server = smtplib.SMTP(self.host, self.port, local_hostname=self.domain, timeout=self.timeout_seconds)
        except (OSError, smtplib.SMTPException) as problem:
            raise OutsideUnavailable(f"SMTP {self.host}: {problem}") from problem
        try:
            if self.starttls:
                server.starttls(context=ssl.create_default_context())
            if self.user:
                server.login(self.user, self.password)
            server.send_message(mail, self.sender_address, [message.to])
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPHeloError) as problem:
            raise OutsideUnavailable(f"SMTP {problem.smtp_code}") from problem  # ours to mend, not the mail's fault
        except smtplib.SMTPSenderRefused as problem:
            raise _outcome(problem.smtp_code if problem.smtp_code == TOO_LARGE else 0, problem.smtp_error) from problem
        except smtplib.SMTPRecipientsRefused as problem:
            code, said = problem.recipients[message.to]
            raise _outcome(code, said) from problem
        except smtplib.SMTPResponseException as problem:
            raise _outcome(problem.smtp_code, problem.smtp_error) from problem
        except smtplib.SMTPNotSupportedError as problem:
            raise OutsideRefused("address-not-supported", str(problem)) from problem
        except (OSError, smtplib.SMTPException) as problem:
            raise OutsideUnavailable(f"SMTP {self.host}: {type(problem).__name__}: {problem}") from problem
        finally:
            # Taken is taken: what goes wrong while saying goodbye is no doubt about the mail.
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def built(self, message: MailMessage) -> EmailMessage:
        """The mail as it is sent. Raises OutsideRefused when a header would break or the address is none."""
        mail = EmailMessage(policy=SMTP)
        try:
            mail["Message-ID"] = self._message_id(message.message_id)
            mail["From"] = Address(self.sender_name, addr_spec=self.sender_address)
            mail["To"] = Address(addr_spec=message.to)
            mail["Subject"] = message.subject
            mail["Date"] = format_datetime(datetime.now(UTC))
            mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
            mail.set_content(message.text, cte="base64")
            if message.html:
                mail.add_alternative(message.html, subtype="html", cte="base64")
            for attachment in message.attachments:
                kind, _, subtype = attachment.media_type.partition("/")
                mail.add_attachment(attachment.content, maintype=kind, subtype=subtype, filename=attachment.file_name)
        except (ValueError, IndexError, HeaderParseError, MessageError, UnicodeError) as problem:
            raise OutsideRefused("malformed-message", f"{type(problem).__name__}: {problem}") from problem
        return mail

    def _message_id(self, message_id: str) -> str:
        """`<id@domain>`; an id that is complete already stays as it is."""
        bare = message_id.strip("<>")
        return f"<{bare}>" if "@" in bare else f"<{bare}@{self.domain}>"


def _outcome(code: int, said: bytes | str) -> OutsideRefused | OutsideUnavailable:
    """5xx is for good, everything else may pass (RFC 5321, 4.2.1)."""
    detail = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    if 500 <= code <= 599 and code != 530:  # 530: sign in first, which is ours to mend
        return OutsideRefused(f"smtp-{code}", detail)
    return OutsideUnavailable(f"SMTP {code}: {detail}")
