"""Turning a template in two forms, text and HTML, into a mail."""

from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from domain.ports import Attachment, MailMessage

TEMPLATES = Path(__file__).parent / "templates"


def locale_of(chosen: str) -> str:
    """`zh` or `en`: the language a letter is written in for somebody who chose this one."""
    return "en" if chosen == "en" else "zh"


class LetterTemplates:
    """The templates beside this file. A fact that a template needs and does not get is an error, never a gap in a letter."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["grouped"] = grouped

    def mail(
        self,
        name: str,
        locale: str,
        facts: Mapping[str, Any],
        *,
        message_id: str,
        to: str,
        subject: str,
        attachments: tuple[Attachment, ...] = (),
    ) -> MailMessage:
        """The mail of a template in a language. `to` may have a name beside the address; only the address is used."""
        return MailMessage(
            message_id=message_id,
            to=parseaddr(to)[1],
            subject=subject,
            text=self._environment.get_template(f"{name}.{locale}.txt").render(facts),
            html=self._environment.get_template(f"{name}.{locale}.html").render(facts),
            attachments=attachments,
        )


def grouped(fen: int) -> str:
    """`1,234.05`, for mails: a thousands comma, a true minus sign."""
    sign = "−" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"
