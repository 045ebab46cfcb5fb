"""What operators can filter lives by from their start. Attributes carry no name, tax id, address or telephone number."""

from temporalio import workflow
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from workflows import names

with workflow.unsafe.imports_passed_through():
    from domain.authentication import AuthenticationRequest, AuthenticationState
    from domain.lifecycle import InvoiceState
    from domain.messages import ApplicationRequest, InvoiceOrder


def application_attributes(request: ApplicationRequest) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [
            SearchAttributePair(names.STATE, "received"),
            SearchAttributePair(names.CUSTOMER, request.enterprise_id),
            SearchAttributePair(names.KIND, str(request.kind)),
            SearchAttributePair(names.EXPEDITED, request.expedite),
        ]
    )


def invoice_attributes(order: InvoiceOrder) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [
            SearchAttributePair(names.STATE, str(InvoiceState.ISSUING)),
            SearchAttributePair(names.CUSTOMER, order.enterprise_id),
            SearchAttributePair(names.ENTITY, order.entity),
            SearchAttributePair(names.KIND, str(order.kind)),
            SearchAttributePair(names.AMOUNT_FEN, order.total_fen),
            SearchAttributePair(names.EXPEDITED, order.expedited),
        ]
    )


def authentication_attributes(request: AuthenticationRequest) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [
            SearchAttributePair(names.STATE, str(AuthenticationState.SUBMITTED)),
            SearchAttributePair(names.CUSTOMER, request.enterprise_id),
            SearchAttributePair(names.KIND, str(request.kind)),
        ]
    )
