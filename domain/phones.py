"""Phone numbers as they stand on invoices and parcels: mobile, landline with extension, 400 numbers."""

import re
import unicodedata

_EXTENSION = re.compile(r"(?:转|轉|ext\.?|x|#|-|,)([0-9]{1,6})", re.IGNORECASE)
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(?:0(?:10|2[0-9])[2-8][0-9]{7}|0[3-9][0-9]{2}[2-8][0-9]{6,7})")
_LOCAL = re.compile(r"[2-8][0-9]{6,7}")
_SERVICE = re.compile(r"[48]00[0-9]{7}|9[56][0-9]{3,6}|1[02][0-9]{3}")
_ABROAD = re.compile(r"\+[1-9][0-9]{6,14}")


def is_phone(text: str, *, mainland: bool = False) -> bool:
    """Whether a text is a phone number: `13800138000`, `010-85620000`, `0571-88880000 转 801`, `+86 ...`, `400-...`, local ones.

    With `mainland` it must be one that a courier can call: no number abroad and no local one without its area code.
    """
    tidy = unicodedata.normalize("NFKC", text).strip()
    if not tidy or tidy.startswith("-") or tidy.endswith("-"):
        return False
    plain, extension = _without_extension(tidy)
    digits = _digits(plain)
    if digits is None:
        return False
    if _MOBILE.fullmatch(digits):
        return not extension
    if _LANDLINE.fullmatch(digits) or _SERVICE.fullmatch(digits):
        return True
    return not mainland and bool(_LOCAL.fullmatch(digits) or _ABROAD.fullmatch(digits))


def _without_extension(text: str) -> tuple[str, str]:
    """The number and its extension. A hyphen begins one only where what stands before it is a whole number already."""
    joined = re.sub(r"\s+", "", text)
    for found in _EXTENSION.finditer(joined):
        before = _digits(joined[: found.start()])
        whole = before is not None and (_LANDLINE.fullmatch(before) or _SERVICE.fullmatch(before) or _LOCAL.fullmatch(before))
        if found.end() == len(joined) and (whole or found.group()[0] not in "-,"):
            return joined[: found.start()], found.group(1)
    return text, ""


def _digits(text: str) -> str | None:
    """The bare number without China's own prefix, a foreign one with its plus sign; None for other characters."""
    bare = re.sub(r"[\s-]", "", text)
    bare = re.sub(r"^\((\+?[0-9]{2,4})\)", r"\1", bare)
    if not re.fullmatch(r"\+?[0-9]{3,20}", bare):
        return None
    for prefix in ("+86", "0086"):
        if bare.startswith(prefix):
            rest = bare.removeprefix(prefix)
            return rest if rest.startswith(("0", "1", "4", "8")) and not _LANDLINE.fullmatch("0" + rest) else "0" + rest
    return bare
