"""Workflows changed as nobody may change them without a patch: one step more at the start. The controls of the replay."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.authentication import AuthenticationOutcome, AuthenticationRequest
    from domain.messages import ApplicationOutcome, ApplicationRequest, InvoiceOrder, InvoiceOutcome
    from workflows.application import ApplicationWorkflow
    from workflows.authentication import AuthenticationWorkflow
    from workflows.invoice import InvoiceWorkflow


@workflow.defn(name="ApplicationWorkflow")
class ChangedApplication(ApplicationWorkflow):
    @workflow.init
    def __init__(self, request: ApplicationRequest) -> None:
        super().__init__(request)

    @workflow.run
    async def run(self, request: ApplicationRequest) -> ApplicationOutcome:
        await workflow.execute_activity("added", start_to_close_timeout=timedelta(seconds=1), summary="A step that was added")
        return await super().run(request)


@workflow.defn(name="InvoiceWorkflow")
class ChangedInvoice(InvoiceWorkflow):
    @workflow.init
    def __init__(self, order: InvoiceOrder) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: InvoiceOrder) -> InvoiceOutcome:
        await workflow.execute_activity("added", start_to_close_timeout=timedelta(seconds=1), summary="A step that was added")
        return await super().run(order)


@workflow.defn(name="AuthenticationWorkflow")
class ChangedAuthentication(AuthenticationWorkflow):
    @workflow.init
    def __init__(self, request: AuthenticationRequest) -> None:
        super().__init__(request)

    @workflow.run
    async def run(self, request: AuthenticationRequest) -> AuthenticationOutcome:
        await workflow.execute_activity("added", start_to_close_timeout=timedelta(seconds=1), summary="A step that was added")
        return await super().run(request)
