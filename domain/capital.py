"""价税合计（大写）: the total in capital characters (`domain.md` 1.9)."""

DIGITS = "零壹贰叁肆伍陆柒捌玖"
UNITS = ("", "拾", "佰", "仟")
GROUPS = ((10**8, "亿"), (10**4, "万"))
LIMIT_FEN = 10**18


def capital_amount(fen: int) -> str:
    """`壹仟零肆圆伍角陆分` for 100456 fen.

    圆 as on the digital invoice; 整 when there are no 分, also after 角; a red-letter total is
    `（负数）` before the positive text. Raises ValueError from 10^16 yuan on, where 亿亿 would be needed.
    """
    if abs(fen) >= LIMIT_FEN:
        raise ValueError(f"too large for capital characters: {fen} fen")
    if fen < 0:
        return f"（负数）{capital_amount(-fen)}"
    whole, cents = divmod(fen, 100)
    jiao, rest = divmod(cents, 10)
    text = f"{_whole(whole)}圆" if whole or not cents else ""
    if jiao:
        text += f"{DIGITS[jiao]}角"
    elif rest and whole:
        text += "零"
    return f"{text}{DIGITS[rest]}分" if rest else f"{text}整"


def _whole(number: int) -> str:
    """The characters of a whole number; 零 stands once for any run of zeros inside it."""
    for size, name in GROUPS:
        if number >= size:
            high, low = divmod(number, size)
            gap = "零" if 0 < low < size // 10 else ""
            return _whole(high) + name + gap + (_whole(low) if low else "")
    return _below_ten_thousand(number)


def _below_ten_thousand(number: int) -> str:
    if number == 0:
        return DIGITS[0]
    text, zero_pending = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            text += ("零" if zero_pending else "") + DIGITS[digit] + UNITS[place]
            zero_pending = False
        elif text:
            zero_pending = True
    return text
