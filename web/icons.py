"""Icons: Tabler's outline set, read at first use and written into the page, so that they take the text's colour."""

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

FOLDER = Path(__file__).parent / "static" / "vendor" / "icons"
_SHAPES = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_BOUNDS = re.compile(r'<path stroke="none"[^>]*/>')


@cache
def icon(name: str, label: str = "") -> Markup:
    """An icon by Tabler's name. Without a label it is decoration beside a word; with one it speaks for itself.

    Raises FileNotFoundError for a name Tabler does not have: a test renders every page.
    """
    text = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    found = _SHAPES.search(text)
    shapes = _BOUNDS.sub("", found.group(1)) if found else ""
    spoken = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    frame = Markup('<svg class="kp-icon" viewBox="0 0 24 24" width="24" height="24" focusable="false" {}>{}</svg>')
    return frame.format(spoken, Markup(" ".join(shapes.split())))  # noqa: S704 (the shapes are Tabler's files, not input)
