"""Parts from npm: styles and scripts for the pages, fonts for the documents."""

import hashlib
import json
import shutil
from pathlib import Path

from infra.parts.cache import log_folder, only_one, remove
from infra.parts.commands import run_slowly, tool
from infra.parts.errors import PartMissing
from infra.parts.found import Found
from infra.settings import CHECKOUT, Settings

NODE_MODULES = CHECKOUT / "node_modules"
VENDOR = CHECKOUT / "web" / "static" / "vendor"

ASSETS = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "hx-sse.min.js": "htmx.org/dist/ext/hx-sse.min.js",
    "inter-latin.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "icons": "@tabler/icons/icons/outline",
}
"""What the pages use: name in web/static/vendor, place in node_modules (a file or a folder)."""


def find_node_packages() -> Found | None:
    """node_modules as package-lock.json asks for it, or None."""
    stamp = NODE_MODULES / ".kaipiao-stamp"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == _lock_digest():
        return Found(NODE_MODULES, "npm")
    return None


def prepare_node_packages(settings: Settings) -> Found:
    """node_modules by `npm ci`, when it is not what package-lock.json asks for."""
    found = find_node_packages()
    if found is not None:
        return found
    with only_one(settings, "npm-" + _checkout_id()):
        if find_node_packages() is None:
            run_slowly(
                "installing npm packages",
                [tool("npm"), "ci"],
                usual_s=30,
                log=log_folder(settings) / "npm.log",
                folder=CHECKOUT,
            )
            (NODE_MODULES / ".kaipiao-stamp").write_text(_lock_digest(), encoding="utf-8")
    return Found(NODE_MODULES, "installed just now")


def find_web_assets() -> Found | None:
    """web/static/vendor with today's files, or None."""
    stamp = VENDOR / ".stamp"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == _assets_digest():
        return Found(VENDOR, "copied from npm packages")
    return None


def prepare_web_assets(settings: Settings) -> Found:
    """web/static/vendor, copied from node_modules when it is not today's."""
    prepare_node_packages(settings)
    found = find_web_assets()
    if found is not None:
        return found
    with only_one(settings, "assets-" + _checkout_id()):
        draft = VENDOR.with_name(".draft-vendor")
        remove(draft)
        draft.mkdir(parents=True)
        for name, place in ASSETS.items():
            source = NODE_MODULES / place
            if source.is_dir():
                shutil.copytree(source, draft / name)
            else:
                _copy_without_map(source, draft / name)
        (draft / ".stamp").write_text(_assets_digest(), encoding="utf-8")
        remove(VENDOR)
        draft.rename(VENDOR)
    return Found(VENDOR, "copied just now")


def node_packages() -> Path:
    """Folder node_modules. Raises PartMissing."""
    if find_node_packages() is None:
        raise PartMissing("node_modules", "make setup")
    return NODE_MODULES


def web_assets() -> Path:
    """Folder with the styles, scripts and icons of the pages. Raises PartMissing."""
    if find_web_assets() is None:
        raise PartMissing(f"{VENDOR.relative_to(CHECKOUT)}", "make setup")
    return VENDOR


def font_folder(settings: Settings) -> Path:
    """Folder of the documents' fonts (`font_dir`). Raises PartMissing when the regular weight is not there."""
    if not settings.font_regular.exists():
        raise PartMissing(f"the font {settings.font_regular.name}", "make setup, or set KAIPIAO_FONT_DIR")
    return settings.font_dir


def _copy_without_map(source: Path, target: Path) -> None:
    """Copy; leave out the line that points at a source map, which is not served."""
    if source.suffix not in {".css", ".js"}:
        shutil.copyfile(source, target)
        return
    lines = source.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if "sourceMappingURL=" not in line or len(line) > 200]
    target.write_text("\n".join(kept) + "\n", encoding="utf-8")


def _lock_digest() -> str:
    return hashlib.sha256((CHECKOUT / "package-lock.json").read_bytes()).hexdigest()


def _assets_digest() -> str:
    return hashlib.sha256((json.dumps(ASSETS) + _lock_digest()).encode()).hexdigest()


def _checkout_id() -> str:
    return hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:10]
