"""Scheduled each night, and started from the audit's page: are its chains whole?"""

from dataclasses import replace

from temporalio import workflow

from workflows import names
from workflows.steps import OUTSIDE

with workflow.unsafe.imports_passed_through():
    from activities.audit import AuditActivities
    from domain.audit import AuditProgress
    from domain.calendar import china_date


@workflow.defn
class AuditWorkflow:
    """Looks at every entry from the first one on, and anchors where the whole chains end. Gives how many chains are not whole."""

    @workflow.run
    async def run(self, progress: AuditProgress | None = None) -> int:
        progress = progress or AuditProgress()
        progress = replace(progress, started_at=progress.started_at or workflow.now())
        while not progress.done:
            progress = await workflow.execute_activity_method(
                AuditActivities.verify_audit,
                progress,
                task_queue=names.DOCUMENTS,
                summary=f"Verify the audit, after {progress.entries} entries",
                **OUTSIDE,
            )
            workflow.set_current_details(f"{progress.entries} entries, {progress.faulty} chains not whole")
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(progress)
        day = china_date(workflow.now())
        await workflow.execute_activity_method(
            AuditActivities.anchor_audit,
            day,
            task_queue=names.DOCUMENTS,
            summary=f"Anchor the heads of the chains, {day}",
            **OUTSIDE,
        )
        return progress.faulty
