"""Plain HTML of the simulators' human pages. No script, no outside resource, everything escaped."""

from collections.abc import Iterable
from html import escape
from typing import get_args

from starlette.responses import HTMLResponse

from simulators.faults import FaultBox, Kind, Variant

CSS = """
:root{color-scheme:light dark}*{box-sizing:border-box}
body{font:15px/1.5 system-ui,"Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif;margin:0 auto;max-width:72rem;padding:1rem;
background:Canvas;color:CanvasText}
h1{font-size:1.4rem;margin:.2rem 0 1rem}h2{font-size:1.1rem;margin:1.6rem 0 .5rem}a{color:LinkText}
.note{color:GrayText}.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid color-mix(in srgb,CanvasText 15%,Canvas);vertical-align:top}
td{overflow-wrap:break-word}th{font-weight:600;white-space:nowrap}td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
form.inline{display:inline}form.row{display:flex;flex-wrap:wrap;gap:.6rem;align-items:end}
label{display:flex;flex-direction:column;font-size:.85rem;gap:.15rem}
input,select,button{font:inherit;padding:.35rem .6rem;border-radius:6px;border:1px solid color-mix(in srgb,CanvasText 35%,Canvas);
background:Canvas;color:CanvasText}
button{cursor:pointer;font-weight:600}pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;margin:0}
iframe{width:100%;height:70vh;border:1px solid color-mix(in srgb,CanvasText 20%,Canvas);border-radius:6px;background:#fff}
.on{color:#b42318;font-weight:600}.list a{display:block;padding:.6rem 0;text-decoration:none;color:inherit;
border-bottom:1px solid color-mix(in srgb,CanvasText 15%,Canvas)}
.list a{overflow-wrap:anywhere}.list strong{display:block}td form{white-space:nowrap}
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"


def page(title: str, *parts: str, status: int = 200) -> HTMLResponse:
    """A whole page from escaped parts; `title` is plain text."""
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{CSS}</style></head><body><main><h1>{escape(title)}</h1>{''.join(parts)}</main></body></html>"
    )
    headers = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return HTMLResponse(html, status_code=status, headers=headers)


def table(headings: Iterable[str], rows: Iterable[Iterable[str]], empty: str) -> str:
    """Rows of escaped cells, or of whole ones made by `number`."""
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    if not body:
        return f'<p class="note">{escape(empty)}</p>'
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(cell: str) -> str:
    return cell if cell.startswith("<td") else f"<td>{cell}</td>"


def number(value: object) -> str:
    """A cell that stands right, with figures of equal width."""
    return f'<td class="n">{escape(str(value))}</td>'


def button(action: str, words: str, **fields: str) -> str:
    """A form of one button."""
    hidden = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items())
    return f'<form class="inline" method="post" action="{escape(action)}">{hidden}<button>{escape(words)}</button></form>'


def faults_panel(box: FaultBox) -> str:
    """The faults in force, and the form that orders one."""
    rows = [
        [
            escape(str(fault["kind"])),
            escape(f"{fault['method']} {fault['path']} {fault['containing']}"),
            escape(str(fault["variant"])),
            number("until cleared" if fault["left"] is None else fault["left"]),
            number(fault["injected"]),
        ]
        for fault in box.listed()
    ]
    kinds = "".join(f"<option>{kind}</option>" for kind in get_args(Kind))
    variants = "".join(f"<option>{variant}</option>" for variant in get_args(Variant))
    return (
        "<h2>Faults</h2>"
        + table(["kind", "for", "variant", "left", "injected"], rows, "None: all is well.")
        + '<form class="row" method="post" action="/admin/faults">'
        + f'<label>kind<select name="kind">{kinds}</select></label>'
        + '<label>path prefix<input name="path" size="12"></label>'
        + '<label>method<input name="method" size="6"></label>'
        + '<label>containing<input name="containing" size="12"></label>'
        + '<label>seconds<input name="seconds" size="4" inputmode="decimal"></label>'
        + '<label>status<input name="status" size="4" inputmode="numeric"></label>'
        + f'<label>variant of garbage<select name="variant">{variants}</select></label>'
        + '<label>times (0: until cleared)<input name="times" size="4" value="1" inputmode="numeric"></label>'
        + "<button>Order this fault</button></form>"
        + f"<p>{button('/admin/faults/clear', 'Clear all faults')}</p>"
    )
