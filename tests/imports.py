"""What an import needs to know about a customer of tests, and rows of a bill for it."""

from sqlmodel import col, select

from infra.database import Database
from infra.tables import AccountRow, EnterpriseRow, ServiceClassRow
from tests.factories import Customer

ISSUER = "青屿云计算（杭州）有限公司"


def billable(database: Database, customer: Customer) -> dict[str, str]:
    """Cells of a row that reaches this customer; a tax class for every service is kept from now on."""
    with database.write() as session:
        if session.get(ServiceClassRow, "*") is None:
            session.add(ServiceClassRow(match="*", classification_code="3040203000000000000", category="信息技术服务", rate_bp=600))
        enterprise = session.get_one(EnterpriseRow, customer.enterprise_id)
        account = session.exec(select(AccountRow).where(col(AccountRow.id) == customer.account_id)).one()
        return {
            "BillingAccountId": enterprise.billing_account_id,
            "SubAccountId": account.sub_account_id,
            "InvoiceIssuerName": ISSUER,
            "PublisherName": ISSUER,
        }
