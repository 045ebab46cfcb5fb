"""The parts of a running Kaipiao: the command of each, what it needs, and how it shows that it is ready."""

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from socket import create_connection

from cli.ready import READY_FILE
from infra import parts
from infra.demo.sign_offs import DEMO_OA_SECRET
from infra.parts.unprivileged import User, data_folder_for, program_for, unprivileged_user
from infra.settings import CHECKOUT, Settings

READY_WITHIN_S = 60.0
"""A part that is not ready by then has failed. Generous: the first start on a busy machine reads everything from disk."""


@dataclass(frozen=True, slots=True)
class Launch:
    """What to run for a part."""

    command: list[str | Path]
    environment: Mapping[str, str] = field(default_factory=dict)
    user: User | None = None
    folder: Path = CHECKOUT


@dataclass(frozen=True, slots=True)
class PartKind:
    """A kind of part. `ports` are settings; `is_ready` asks the running part; `grace_s` is given after TERM."""

    name: str
    launch: Callable[[Settings], Launch]
    is_ready: Callable[[Settings], bool]
    ports: tuple[str, ...] = ()
    needs_prepared: bool = False
    grace_s: float = 10.0


def answers(url: str) -> bool:
    """Whether an HTTP server answers there, with whatever but a server's error."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 (our own addresses)
            return bool(answer.status < 500)
    except urllib.error.HTTPError as refusal:
        return refusal.code < 500
    except (OSError, ValueError):
        return False


def listens(port: int) -> bool:
    """Whether somebody takes connections on a port of this machine."""
    try:
        with create_connection(("127.0.0.1", port), timeout=2):
            return True
    except OSError:
        return False


def ready_file(settings: Settings, name: str) -> Path:
    """The file that a part without a port touches when it is ready (`cli.ready`)."""
    return settings.data_dir / "run" / f"{name}.ready"


def _temporal(settings: Settings) -> Launch:
    values = {
        "matching.useNewMatcher": True,  # priority: expedited applications first
        "matching.enableFairness": True,  # and no customer waits for another one's flood
        "system.forceSearchAttributesCacheRefreshOnRead": True,
        "frontend.enableUpdateWorkflowExecution": True,
    }
    command: list[str | Path] = [
        parts.temporal(settings),
        *("server", "start-dev", "--ip", "127.0.0.1", "--log-level", "warn"),
        *("--port", str(settings.temporal_port), "--ui-port", str(settings.temporal_ui_port)),
        *("--db-filename", settings.data_dir / "temporal.db"),
        *("--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal"),
        *("--namespace", settings.temporal_namespace),
    ]
    for key, value in values.items():
        command += ["--dynamic-config-value", f"{key}={json.dumps(value)}"]
    return Launch(command)


def _temporal_is_ready(settings: Settings) -> bool:
    return listens(settings.temporal_port) and listens(settings.temporal_ui_port)


def _s3(settings: Settings) -> Launch:
    user = unprivileged_user()
    program = program_for(user, parts.versitygw(settings))
    folder = data_folder_for(user, settings.data_dir / "s3")
    subfolders = {name: folder / name for name in ("buckets", "versions")}
    if not _keeps_attributes(folder):
        subfolders["attributes"] = folder / "attributes"
    for subfolder in subfolders.values():
        subfolder.mkdir(exist_ok=True)
        if user is not None and subfolder.stat().st_uid != user.uid:
            os.chown(subfolder, user.uid, user.gid)
    command: list[str | Path] = [
        program,
        *("--port", f"127.0.0.1:{settings.s3_port}", "--region", settings.s3_region, "--quiet"),
        *("posix", "--versioning-dir", subfolders["versions"]),
    ]
    if "attributes" in subfolders:
        command += ["--sidecar", subfolders["attributes"]]
    command.append(subfolders["buckets"])
    keys = {
        "ROOT_ACCESS_KEY": settings.s3_access_key.get_secret_value(),
        "ROOT_SECRET_KEY": settings.s3_secret_key.get_secret_value(),
    }
    return Launch(command, keys, user, folder)


def _keeps_attributes(folder: Path) -> bool:
    """Whether files there can carry user attributes, where versitygw keeps what it knows of an object."""
    probe = folder / ".attributes-probe"
    try:
        probe.touch()
        os.setxattr(probe, "user.kaipiao", b"1")
    except OSError:
        return False
    finally:
        probe.unlink(missing_ok=True)
    return True


def _simulator(name: str, port: str, *more: str) -> Callable[[Settings], Launch]:
    def launch(settings: Settings) -> Launch:
        folder = settings.data_dir / "simulators" / name
        folder.mkdir(parents=True, exist_ok=True)
        command: list[str | Path] = [sys.executable, "-m", "simulators", name]
        command += ["--port", str(getattr(settings, port)), "--data", folder]
        for option, setting in zip(more[::2], more[1::2], strict=True):
            command += [option, str(getattr(settings, setting))]
        return Launch(command, {"COURIER_SECRET": settings.callback_secret.get_secret_value(), "OA_SECRET": DEMO_OA_SECRET})

    return launch


def _ours(command: str) -> Callable[[Settings], Launch]:
    def launch(settings: Settings) -> Launch:
        ready = ready_file(settings, command)
        ready.unlink(missing_ok=True)
        return Launch([sys.executable, "-m", "cli.main", command], {READY_FILE: str(ready)})

    return launch


KINDS = (
    PartKind("temporal", _temporal, _temporal_is_ready, ("temporal_port", "temporal_ui_port")),
    PartKind("s3", _s3, lambda s: answers(f"http://127.0.0.1:{s.s3_port}/"), ("s3_port",)),
    PartKind(
        "tax-bureau",
        _simulator("tax-bureau", "tax_bureau_port"),
        lambda s: answers(f"http://127.0.0.1:{s.tax_bureau_port}/"),
        ("tax_bureau_port",),
    ),
    PartKind(
        "courier",
        _simulator("courier", "courier_port"),
        lambda s: answers(f"http://127.0.0.1:{s.courier_port}/"),
        ("courier_port",),
    ),
    PartKind("sms", _simulator("sms", "sms_port"), lambda s: answers(f"http://127.0.0.1:{s.sms_port}/"), ("sms_port",)),
    PartKind("oa", _simulator("oa", "oa_port"), lambda s: answers(f"http://127.0.0.1:{s.oa_port}/"), ("oa_port",)),
    PartKind(
        "mail",
        _simulator("mail", "mail_page_port", "--smtp-port", "smtp_port"),
        lambda s: listens(s.smtp_port) and answers(f"http://127.0.0.1:{s.mail_page_port}/"),
        ("mail_page_port", "smtp_port"),
    ),
    PartKind("worker", _ours("worker"), lambda s: ready_file(s, "worker").exists(), needs_prepared=True, grace_s=15.0),
    PartKind("web", _ours("web"), lambda s: answers(f"http://127.0.0.1:{s.web_port}/health"), ("web_port",), needs_prepared=True),
)
"""In the order in which they start; they stop in the opposite one."""

BY_NAME = {kind.name: kind for kind in KINDS}
ALL = tuple(BY_NAME)
ELSEWHERE = {
    "temporal_address": "temporal",
    "s3_endpoint": "s3",
    "tax_bureau_url": "tax-bureau",
    "courier_url": "courier",
    "sms_url": "sms",
    "smtp_host": "mail",
}
"""Settings that lead to a real service; the local part that each makes superfluous."""

OUTSIDE = ("tax-bureau", "courier", "sms", "oa", "mail")
"""The simulators."""


def parts_to_run(settings: Settings) -> tuple[str, ...]:
    """The parts that `make run` starts: those of `run_parts`, else all that the settings do not place elsewhere."""
    if settings.run_parts:
        return tuple(name.strip() for name in settings.run_parts.split(","))
    elsewhere = {part for setting, part in ELSEWHERE.items() if setting in settings.model_fields_set}
    return tuple(name for name in ALL if name not in elsewhere)
