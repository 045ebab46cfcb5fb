"""What a browser calls itself, shortened for the list of sessions: `Chrome 128, Windows`."""

import re

_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("QQBrowser", "QQ Browser"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("HeadlessChrome", "Chrome"),
    ("Chrome", "Chrome"),
    ("Version", "Safari"),
)
"""By the word before the slash; the first that is there, since most browsers name the others, too."""
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str) -> str:
    """Names of programs, which are the same in every language; empty when it says nothing that we know."""
    found = ((name, re.search(rf"{word}[A-Za-z]*/(\d+)", user_agent)) for word, name in _BROWSERS)
    browser = next((f"{name} {match[1]}" for name, match in found if match), "")
    system = next((name for word, name in _SYSTEMS if word in user_agent), "")
    return ", ".join(part for part in (browser, system) if part) or user_agent.partition("/")[0][:30]
