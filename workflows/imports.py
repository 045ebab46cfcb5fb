"""One import of a billing file: read and check, write it whole, report. The bytes wait in the store; only their hash comes through here."""

import asyncio
import contextlib
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

from workflows import names
from workflows.inbox import Inbox
from workflows.lasting import to_its_end
from workflows.steps import LOCAL

with workflow.unsafe.imports_passed_through():
    from activities.imports import ImportActivities
    from domain.imports import ImportEnding, ImportPhase, ImportRequest, ImportStep
    from domain.messages import Cancellation, Note

STEP_TIMEOUT = timedelta(hours=1)
BEAT_TIMEOUT = timedelta(seconds=15)
"""How soon a worker that died is noticed: the step beats every 2 seconds."""
TRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30), maximum_attempts=10)
"""A file that breaks its reader would break it again: after so many tries the import has failed."""


@workflow.defn
class ImportWorkflow:
    """Checking -> writing -> done; refused, cancelled (while it is checked) or failed on the way."""

    @workflow.init
    def __init__(self, request: ImportRequest) -> None:
        self._request = request
        self._life = names.import_workflow_id(request.batch_id)
        self._inbox: Inbox[Cancellation] = Inbox()
        self._phase = ImportPhase.CHECKING
        self._cancelled: Cancellation | None = None
        self._stopped = False

    @workflow.run
    async def run(self, request: ImportRequest) -> ImportStep:  # noqa: ARG002 (the same input as __init__, as the SDK wants)
        step = await to_its_end(self._live(), self._stop)
        if self._stopped and step.phase is ImportPhase.CANCELLED:
            raise asyncio.CancelledError
        return step

    def _stop(self) -> None:
        """An operator ends the life in the Temporal UI: like the page's cancel."""
        self._stopped = True

    @workflow.signal(description="The operator takes the import back; counts while the file is checked.")
    def cancel(self, message: Cancellation) -> None:
        self._inbox.put(message)

    @workflow.query(description="Where the import is.")
    def phase(self) -> str:
        return self._phase

    async def _live(self) -> ImportStep:
        try:
            step = await self._check_and_write()
        except ActivityError as failure:
            workflow.logger.warning("The import %s failed: %s", self._life, failure)
            step = await self._end(ImportPhase.FAILED)
        await self._inbox.drain(self._answer)
        return step

    async def _check_and_write(self) -> ImportStep:
        checked = await self._check()
        if checked is None:
            return await self._end(ImportPhase.CANCELLED)
        if checked.phase is ImportPhase.REFUSED:
            self._phase = ImportPhase.REFUSED
            workflow.set_current_details(f"Refused: {checked.problem_count} problems in {checked.rows} rows")
            return checked
        return await self._write(checked)

    async def _check(self) -> ImportStep | None:
        """What the check found; None when it was cancelled."""
        workflow.set_current_details("Reading and checking the file")
        check = workflow.start_activity_method(
            ImportActivities.check_import,
            self._request,
            task_queue=names.IMPORTS,
            start_to_close_timeout=STEP_TIMEOUT,
            heartbeat_timeout=BEAT_TIMEOUT,
            retry_policy=TRIES,
            cancellation_type=workflow.ActivityCancellationType.TRY_CANCEL,
            summary="Read and check the file",
        )
        await self._inbox.serve(self._answer, lambda: check.done() or self._is_taken_back)
        if not self._is_taken_back:
            return await check
        check.cancel()
        with contextlib.suppress(ActivityError, asyncio.CancelledError):
            await check
        return None

    @property
    def _is_taken_back(self) -> bool:
        return self._cancelled is not None or self._stopped

    async def _write(self, checked: ImportStep) -> ImportStep:
        self._phase = ImportPhase.WRITING
        workflow.set_current_details(f"Writing {checked.rows} rows in one transaction")
        write = workflow.start_activity_method(
            ImportActivities.write_import,
            self._request,
            task_queue=names.IMPORTS,
            start_to_close_timeout=STEP_TIMEOUT,
            heartbeat_timeout=BEAT_TIMEOUT,
            retry_policy=TRIES,
            summary=f"Write {checked.rows} rows",
        )
        await self._inbox.serve(self._answer, write.done)
        written = await write
        self._phase = written.phase
        again = ", imported before" if written.repeated else ""
        workflow.set_current_details(f"{written.phase}: {written.rows} rows, {written.records} records{again}")
        return written

    async def _answer(self, message: Cancellation) -> None:
        """The first while the file is checked ends the import; later ones are told that it is too late."""
        if self._phase is ImportPhase.CHECKING and self._cancelled is None:
            self._cancelled = message
            return
        note = Note(self._life, message.key, "cancel-import", message.by, taken=False, code="import-too-late")
        await workflow.execute_local_activity_method(ImportActivities.answer_import, note, summary="Too late to cancel", **LOCAL)

    async def _end(self, phase: ImportPhase) -> ImportStep:
        self._phase = phase
        message = self._cancelled
        note = None if message is None else Note(self._life, message.key, "cancel-import", message.by, taken=True)
        await workflow.execute_local_activity_method(
            ImportActivities.end_import, ImportEnding(self._request, phase, note), summary=f"The import is {phase}", **LOCAL
        )
        workflow.set_current_details(f"{phase}: nothing was imported")
        return ImportStep(phase)
