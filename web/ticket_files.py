"""Files of a form: checked, looked into and stored before the row is written; and handed out again."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from domain.errors import Problem, Refusal
from domain.files import CheckedFile, FileLimits, checked_file, of_file
from domain.ports import OutsideUnavailable
from domain.support import FILES_MOST
from infra.attachments import file_limits, forget_unused, put_files
from infra.queries.tickets import TicketScope, attachment_of_ticket
from infra.tables import AttachmentRow
from web.cursors import LARGEST_ID
from web.dependencies import Reads, Services
from web.errors import NotFound, TemporalDown


async def stored_files(request: Request, held: Services) -> tuple[list[CheckedFile], tuple[Problem, ...], int]:
    """The form's files in the store, what is wrong with them, and the status to answer with then.

    All are checked before one is stored. A problem names its file.
    """
    try:
        contents = await contents_of(request)
    except Refusal as many:
        return [], many.problems, 422
    limits = file_limits(held.settings)

    def store() -> list[CheckedFile]:
        return put_files(held.attachments, _checked(contents, limits), limits, held.scanner)

    try:
        return await held.in_thread(store), (), 422
    except Refusal as refusal:
        return [], refusal.problems, 422
    except OutsideUnavailable:
        return [], (Problem("file", "attachments-away"),), 503


async def contents_of(request: Request, field: str = "file") -> list[tuple[bytes, str]]:
    """Bytes and name of the form's files. Raises Refusal: attachments-too-many (max)."""
    sent = [each for each in (await request.form()).getlist(field) if isinstance(each, UploadFile) and each.filename]
    if len(sent) > FILES_MOST:
        raise Refusal(Problem("file", "attachments-too-many", {"max": str(FILES_MOST)}))
    return [(await each.read(), each.filename or "") for each in sent]


def _checked(contents: Sequence[tuple[bytes, str]], limits: FileLimits) -> list[CheckedFile]:
    """All files. Raises Refusal with the problems of all."""
    files: list[CheckedFile] = []
    problems: list[Problem] = []
    for content, name in contents:
        try:
            files.append(checked_file(content, name, limits))
        except Refusal as refusal:
            problems += of_file(refusal, name)
    if problems:
        raise Refusal(*problems)
    return files


async def forget(held: Services, files: Sequence[CheckedFile]) -> None:
    """Remove what was stored for a form that was refused."""
    if files:
        await forget_bytes(held, {file.sha256 for file in files})


async def forget_bytes(held: Services, hashes: Iterable[str]) -> None:
    """Remove bytes that no row speaks of any more. When the store is away meanwhile, they stay until the night: nothing leads to them."""
    try:
        await held.in_thread(forget_unused, held.database, held.attachments, hashes)
    except OutsideUnavailable:
        return


async def sent_file(held: Services, reads: Reads, scope: TicketScope, number: str, attachment_id: int) -> Response:
    """The file as a download. Raises NotFound for one that this scope may not see, TemporalDown with the store away."""
    return await download(held, await reads(attachment_of_ticket, scope, number, attachment_id) if attachment_id <= LARGEST_ID else None)


async def download(held: Services, row: AttachmentRow | None) -> Response:
    """A file to be kept and not shown. Raises NotFound without one, TemporalDown with the store away."""
    if row is None:
        raise NotFound
    content = await bytes_of(held, row)
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(row.file_name, safe='')}", "x-content-type-options": "nosniff"}
    return Response(content, media_type=row.media_type, headers=headers)


async def bytes_of(held: Services, row: AttachmentRow) -> bytes:
    """Raises TemporalDown with the store away."""
    try:
        return await held.in_thread(held.attachments.read, row.sha256)
    except OutsideUnavailable as error:
        raise TemporalDown from error
