"""Who gets in where, written by hand: every route and method, everybody, and whose the thing is. Nothing here asks the code.

Everybody has a letter:

    M master of enterprise 1      r reviewer            c customer service
    m member of enterprise 1      s supervisor          a auditor
    b member whose permissions    o operator            x customer service acting for
      to apply and to keep                                enterprise 1 (`/acting`)
      titles were taken           - nobody signed in

A line names those who get in. For a thing with an id there are three groups: `own` (of one's own account, for staff the
enterprise's master account), `same` (another account of the same enterprise) and `foreign` (another enterprise). Who is not
named gets the page that unknown things get, and who is not signed in is sent to sign in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.batches import BatchKind
from domain.peak import PeakPlan, typed_plan
from domain.review_policy import FIRST, typed_policy
from infra.batch_workbook import template

LETTERS = {
    "M": "master",
    "m": "member",
    "b": "bare",
    "r": "reviewer",
    "s": "supervisor",
    "o": "operator",
    "c": "service",
    "a": "auditor",
    "x": "acting",
    "-": "nobody",
}
CUSTOMERS = "Mmb"
STAFF = "rsoca"
SIGNED_IN = "Mmbrsocax"
EVERYBODY = "Mmbrsocax-"
KEY = "0190c2f4-8b1e-7c3d-9a55-3f4f0c8b7a11"


@dataclass(frozen=True, slots=True)
class Line:
    """A route and who gets in. `kind` says which thing fills the address, `fixed` its other places (`$file`, `$evidence`: a file)."""

    method: str
    path: str
    who: str = ""
    """For a route without an id."""
    kind: str = ""
    own: str = ""
    same: str = ""
    foreign: str = ""
    form: Mapping[str, Any] = field(default_factory=dict)
    """What is sent along, right in form: a wrong form would hide who gets in."""
    fixed: Mapping[str, str] = field(default_factory=dict)
    by_person: bool = False
    """The thing is a person's, not an account's: `own` is one's own."""
    anyway: int = 0
    """The answer that everybody gets, because something else than a session is asked for."""


def get(path: str, who: str, **more: Any) -> Line:
    return Line("GET", path, who, **more)


def post(path: str, who: str, **more: Any) -> Line:
    return Line("POST", path, who, **more)


def get_thing(path: str, kind: str, *, own: str, same: str, foreign: str, **more: Any) -> Line:
    return Line("GET", path, kind=kind, own=own, same=same, foreign=foreign, **more)


def post_thing(path: str, kind: str, *, own: str, same: str, foreign: str, **more: Any) -> Line:
    return Line("POST", path, kind=kind, own=own, same=same, foreign=foreign, **more)


TABLE: tuple[Line, ...] = (
    # Open to all
    get("/health", EVERYBODY),
    get("/sign-in", EVERYBODY),
    post("/sign-in", EVERYBODY, form={"login": "lin", "password": "wrong", "next": "/"}),
    post("/language", EVERYBODY, form={"lang": "en", "next": "/"}),
    post("/again", "", anyway=404),
    post("/callbacks/courier", "", anyway=401),
    post_thing("/callbacks/oa/{number}", "application", own="", same="", foreign="", anyway=401),
    # Programs: an import key instead of a session, so nobody's session gets in. tests/web/test_api_orders.py asks with keys
    post("/api/orders", "", anyway=401),
    get_thing("/api/orders/{batch_id}", "batch", own="", same="", foreign="", anyway=401),
    get("/import-keys", "o"),
    post("/import-keys", "o", form={"name": "Billing"}),
    post_thing("/import-keys/{key_id}/end", "key", own="o", same="o", foreign="o"),
    # Everybody's own
    post("/sign-out", SIGNED_IN),
    get("/", SIGNED_IN),
    get("/me", SIGNED_IN),
    get("/search", SIGNED_IN),
    # What a customer can do for itself
    get("/consumption", "Mmx"),
    get("/consumption/sum", "Mmx"),
    get("/apply/split", "Mmx"),
    get("/consumption/statements", "Mmx"),
    get("/statements", "Mmbx"),
    get_thing("/statements/{statement_id}", "statement", own="Mmbx", same="Mmbx", foreign=""),
    get_thing("/statements/{statement_id}/export.csv", "statement", own="Mmbx", same="Mmbx", foreign=""),
    post_thing("/statements/{statement_id}/confirm", "statement", own="M", same="M", foreign=""),
    get("/desk/statements", "o"),
    post("/desk/statements/charge", "o", form={"charged_on": "2026-11-20", "statement": "999999"}),
    get("/consumption/amount", "Mmx"),
    get("/balance", "Mmbx"),
    get("/balance.json", "Mmbx"),
    get("/balance/export.csv", "Mmbx"),
    get("/back-invoicing", "Mmx"),
    get("/back-invoicing/new", "Mmx"),
    post("/back-invoicing", "Mm", form={"number": "BK-261120-ABCDEFGH", "what": "month", "period": "2026-04", "reason": "合同晚签"}),
    get_thing("/back-invoicing/{number}", "back", own="Mmx", same="Mx", foreign=""),
    post_thing("/back-invoicing/{number}/withdraw", "back", own="Mm", same="M", foreign="", form={"version": "1"}),
    get("/desk/back-invoicing", "s"),
    get_thing("/desk/back-invoicing/{number}", "back", own="s", same="s", foreign="s"),
    post_thing(
        "/desk/back-invoicing/{number}/decision",
        "back",
        own="s",
        same="s",
        foreign="s",
        form={"verdict": "refuse", "version": "1", "reason": "资料不全"},
    ),
    get("/apply", "Mmx"),
    post("/applications", "Mm", form={"number": "KP-261120-ABCDEFGH", "record": "103", "terms": "true"}),
    get("/titles", "Mmx"),
    post("/titles", "Mmx", form={"name": "北京拾光互动科技有限公司"}),
    post_thing("/titles/{title_id}/default", "title", own="Mmx", same="Mmx", foreign=""),
    get("/receivers", "Mmx"),
    post("/receivers", "Mm", form={"kind": "email", "email": "new@shiguang.cn"}),
    post_thing("/receivers/{receiver_id}/default", "receiver", own="Mm", same="Mm", foreign=""),
    # Applications and invoices: customers their own, staff all
    # Batches by Excel: whoever may apply, or keep titles; a member those of its account
    get("/apply/excel", "Mmx"),
    post("/apply/excel", "Mm", form={"file": ("rows.xlsx", template(BatchKind.APPLICATIONS), "application/octet-stream")}),
    get("/apply/excel/template.xlsx", "Mmx"),
    get_thing("/apply/excel/{batch_id}", "sheet", own="Mmx", same="Mx", foreign=""),
    get_thing("/apply/excel/{batch_id}/live", "sheet", own="Mmx", same="Mx", foreign=""),
    get_thing("/apply/excel/{batch_id}/problems.xlsx", "sheet", own="Mm", same="M", foreign=""),
    post_thing("/apply/excel/{batch_id}/submit", "sheet", own="Mm", same="M", foreign="", form={"terms": "none"}),
    get("/titles/excel", "Mmx"),
    post("/titles/excel", "Mm", form={"file": ("rows.xlsx", template(BatchKind.TITLES), "application/octet-stream")}),
    get("/titles/excel/template.xlsx", "Mmx"),
    get_thing("/titles/excel/{batch_id}", "title-sheet", own="Mmx", same="Mx", foreign=""),
    get_thing("/titles/excel/{batch_id}/live", "title-sheet", own="Mmx", same="Mx", foreign=""),
    get_thing("/titles/excel/{batch_id}/problems.xlsx", "title-sheet", own="Mm", same="M", foreign=""),
    post_thing("/titles/excel/{batch_id}/submit", "title-sheet", own="Mm", same="M", foreign=""),
    get("/applications", SIGNED_IN),
    get("/applications/export.csv", SIGNED_IN),
    get_thing("/applications/{number}", "application", own=SIGNED_IN, same="Mrsocax", foreign="rsoca"),
    get_thing("/applications/{number}/live", "application", own=SIGNED_IN, same="Mrsocax", foreign="rsoca"),
    post_thing("/applications/{number}/cancel", "application", own="Mmx", same="Mx", foreign="", form={"key": KEY}),
    post("/apply/files", "Mm", form={"number": "KP-261120-ABCDEFGH", "evidence_kind": "contract"}),
    get_thing(
        "/applications/{number}/files/{attachment_id}",
        "application",
        own=SIGNED_IN,
        same="Mrsocax",
        foreign="rsoca",
        fixed={"attachment_id": "$evidence"},
    ),
    post_thing("/applications/{number}/files", "application", own="Mm", same="M", foreign="", form={"evidence_kind": "contract"}),
    post_thing(
        "/applications/{number}/files/{attachment_id}/take-back",
        "application",
        own="Mm",
        same="M",
        foreign="",
        fixed={"attachment_id": "$evidence"},
    ),
    post_thing("/applications/{number}/material", "application", own="Mm", same="M", foreign="", form={"key": KEY, "version": "1"}),
    # Only who is asked decides, and of these nobody was: tests/web/test_sign_offs.py asks as those who were
    post_thing(
        "/applications/{number}/sign-off",
        "application",
        own="",
        same="",
        foreign="",
        form={"key": KEY, "verdict": "approve", "version": "1"},
    ),
    post_thing("/applications/{number}/expedite", "application", own="Mmx", same="Mx", foreign="", form={"key": KEY}),
    get("/invoices", SIGNED_IN),
    get_thing("/invoices/{invoice_id}", "invoice", own=SIGNED_IN, same="Mrsocax", foreign="rsoca"),
    get_thing("/invoices/{invoice_id}/live", "invoice", own=SIGNED_IN, same="Mrsocax", foreign="rsoca"),
    get_thing(
        "/invoices/{invoice_id}/{name}.{form}",
        "invoice",
        own=SIGNED_IN,
        same="Mrsocax",
        foreign="rsoca",
        fixed={"name": "blue", "form": "pdf"},
    ),
    post_thing("/invoices/{invoice_id}/return", "invoice", own="Mmx", same="Mx", foreign="", form={"key": KEY, "reason": "抬头写错了"}),
    # Review
    get("/review", "rs"),
    get_thing("/review/{number}", "application", own="rs", same="rs", foreign="rs"),
    post_thing(
        "/review/{number}/material",
        "application",
        own="rs",
        same="rs",
        foreign="rs",
        form={"key": KEY, "version": "1", "wanted": "contract"},
    ),
    post_thing(
        "/review/{number}/material/waive",
        "application",
        own="rs",
        same="rs",
        foreign="rs",
        form={"key": KEY, "version": "1", "waiver": "已电话核实"},
    ),
    post_thing(
        "/review/{number}/decision",
        "application",
        own="rs",
        same="rs",
        foreign="rs",
        form={"key": KEY, "verdict": "approve", "version": "1"},
    ),
    get_thing("/review/{number}/live", "application", own="rs", same="rs", foreign="rs"),
    get("/review/bulk", "rs"),
    get("/review/bulk/preview", "rs"),
    post("/review/bulk", "rs", form={"key": KEY}),
    get("/review/bulk/result", "rs"),
    get("/review/bulk/result/live", "rs"),
    get("/desk/review-phrases", "s"),
    post(
        "/desk/review-phrases",
        "s",
        form={"action": "save", "chinese": "请补合同。", "english": "Please add the contract.", "verdict": "ask"},
    ),
    post_thing("/review/{number}/claim", "application", own="rs", same="rs", foreign="rs", form={"key": KEY}),
    post_thing("/review/{number}/hand-over", "application", own="rs", same="rs", foreign="rs", form={"key": KEY, "to": "5", "why": "演练"}),
    get("/review/absences", "rs"),
    post("/review/absences", "rs", form={"first_day": "2030-01-02", "last_day": "2030-01-03", "note": "演练"}),
    post_thing("/review/absences/{absence}/end", "absence", own="rs", same="rs", foreign="rs"),
    get("/review/team", "s"),
    get("/review/team.csv", "s"),
    post("/review/team", "s", form={"number": "KP-261120-ABCDEFGH", "action": "release"}),
    get("/desk/review-policy", "s"),
    post("/desk/review-policy", "s", form={**typed_policy(FIRST), "recent_days": "31", "seen": "1", "reason": "演练", "action": "save"}),
    get_thing("/applications/{number}/promise", "application", own=SIGNED_IN, same="Mrsocax", foreign="rsoca"),
    get("/desk/promises", "s"),
    get("/desk/promises/export.csv", "s"),
    get("/desk/promises/days.csv", "s"),
    post("/desk/promises/peaks", "s", form={**typed_plan(PeakPlan(month_last=4)), "seen": "0", "reason": "演练", "action": "save"}),
    # Operations
    get("/receiving", "o"),
    get_thing("/receiving/{invoice_id}", "paper", own="o", same="o", foreign="o"),
    post_thing(
        "/receiving/{invoice_id}/original",
        "paper",
        own="o",
        same="o",
        foreign="o",
        form={"key": KEY, "waybill": "SF1234567890", "seen": "true"},
    ),
    get("/imports", "o"),
    post("/imports", "o", form={"file": ("bill.csv", b"BillingAccountId\n", "text/csv")}),
    get_thing("/imports/files/{digest}", "upload", own="o", same="o", foreign="o"),
    post_thing("/imports/files/{digest}", "upload", own="o", same="o", foreign="o"),
    get_thing("/imports/files/{digest}/problems.csv", "upload", own="o", same="o", foreign="o"),
    get_thing("/imports/{batch_id}", "batch", own="o", same="o", foreign="o"),
    post("/imports/inbox", "o", form={"key": "2026-10.csv"}),
    get("/imports/orders-template.xlsx", "o"),
    get_thing("/imports/{batch_id}/live", "run", own="o", same="o", foreign="o"),
    get_thing("/imports/{batch_id}/problems.csv", "run", own="o", same="o", foreign="o"),
    get_thing("/imports/{batch_id}/remainders.csv", "batch", own="o", same="o", foreign="o"),
    post_thing("/imports/{batch_id}/cancel", "run", own="o", same="o", foreign="o", form={"key": KEY}),
    get("/reference/templates", "o"),
    post(
        "/reference/templates",
        "o",
        form={"code": "finance", "name_zh": "金融", "name_en": "Finance", "pattern": "JR-######", "facts": "total", "offered": "true"},
    ),
    post("/reference/templates/agreements", "o", form={"template": "finance", "customer": "nobody", "number": "JR-000001"}),
    post_thing("/reference/templates/agreements/{agreement_id}/end", "agreement", own="o", same="o", foreign="o"),
    get("/reference/rates", "o"),
    post("/reference/rates/remove", "o", form={"currency": "USD", "day": "2026-11-18"}),
    post("/reference/rates", "o", form={"currency": "USD", "day": "2026-11-19", "rate": "7.08", "source": "BOC"}),
    get("/reference/services", "o"),
    post(
        "/reference/services",
        "o",
        form={"match": "ECS", "classification_code": "3040203000000000000", "category": "信息技术服务", "rate_bp": "600", "unit": "项"},
    ),
    get("/reference/assisted", "o"),
    post(
        "/reference/assisted",
        "o",
        form={"match": "专属云", "reason_zh": "合同计费", "reason_en": "By contract", "manager": "许经理", "hotline": "400-660-0102"},
    ),
    get("/arrears", "o"),
    post("/arrears", "o", form={"account": "a-1", "amount": "1.00"}),
    post("/arrears/file", "o", form={"file": ("arrears.csv", b"SubAccountId,AsOf,Amount\na-1,2026-11-19,0\n", "text/csv")}),
    get("/top-ups", "o"),
    post("/top-ups", "o", form={"file": ("top-ups.csv", b"TopUpNumber,SubAccountId,PaidOn,Amount\n1,a-1,2026-11-19,5\n", "text/csv")}),
    get("/consumption/top-ups", "Mmbx"),
    get("/operators", "o"),
    post_thing("/operators/invoices/{invoice_id}/look-again", "invoice", own="o", same="o", foreign="o", form={"key": KEY}),
    get("/billing-accounts", "o"),
    get_thing("/billing-accounts/{enterprise_id}", "enterprise", own="o", same="o", foreign="o"),
    post_thing(
        "/billing-accounts/{enterprise_id}/link",
        "enterprise",
        own="o",
        same="o",
        foreign="o",
        form={"number": "8001000999", "seen": "b-1", "reason": "合同 2026-118"},
    ),
    post_thing("/billing-accounts/{enterprise_id}/mode", "enterprise", own="o", same="o", foreign="o", form={"postpaid": "false"}),
    post_thing("/billing-accounts/{enterprise_id}/statements", "enterprise", own="o", same="o", foreign="o", form={"month": "2026-10"}),
    post_thing(
        "/billing-accounts/{enterprise_id}/accounts",
        "enterprise",
        own="o",
        same="o",
        foreign="o",
        form={"account": "100020090001", "account_name": "研发中心", "account_reason": "合同 2026-118"},
    ),
    get("/calendar", "o"),
    post("/calendar/days", "o", form={"seen": "0", "day": "2027-02-06", "worked": "off", "note": "春节"}),
    post("/calendar/notice", "o", form={"seen": "0", "year": "2027", "text": "2027-02-06,off,春节", "action": "load"}),
    # Access: acting for a customer, masked values, the audit
    get("/acting", "c"),
    post("/acting", "c", form={"customer": "1", "reason": "来电：看不到发票"}),
    post("/acting/end", SIGNED_IN),
    post("/reveal", "rscx", form={"subject": "title:1", "field": "bank_account", "reason": "核对开户行", "back": "/"}),
    get("/audit", "sa"),
    get("/audit/export.csv", "sa"),
    post("/audit/verification", "sa"),
    # Signing in, registering, resetting
    post("/sign-in/code", EVERYBODY, form={"address": "nobody@kaipiao.example", "next": "/"}),
    post("/sign-in/with-code", EVERYBODY, form={"address": "nobody@kaipiao.example", "code": "000000", "next": "/"}),
    get("/second-factor", EVERYBODY),
    post("/second-factor", EVERYBODY, form={"code": "000000"}),
    post("/second-factor/leave", EVERYBODY),
    get("/register", EVERYBODY),
    post("/register", EVERYBODY),
    post("/register/change", EVERYBODY),
    post("/register/finish", EVERYBODY),
    get("/reset", EVERYBODY),
    post("/reset", EVERYBODY, form={"address": "nobody@kaipiao.example"}),
    post("/reset/finish", EVERYBODY, form={"address": "nobody@kaipiao.example", "code": "000000", "password": "correct horse 9"}),
    # A person's own: password, contacts, sessions, data. Staff in a customer's place change nothing there.
    post("/me/password", "Mmbrsoca", form={"old": "x", "password": "correct horse 9"}),
    post("/me/contact", "Mmbrsoca", form={"address": "new@shiguang.cn"}),
    post("/me/contact/confirm", "Mmbrsoca", form={"address": "new@shiguang.cn", "code": "000000"}),
    post("/me/sessions/others/end", "Mmbrsoca"),
    post_thing("/me/sessions/{public_id}/end", "session", own="Mmbrsoca", same="", foreign="", by_person=True),
    get("/me/data", SIGNED_IN),
    post("/me/data/export", "Mmbrsoca"),
    post("/me/data/hand-over", "M", form={"successor": "2", "password": "x"}),
    post("/me/data/delete", "Mmbrsoca", form={"password": "x", "confirmation": "x"}),
    # People of an enterprise: the master alone; to members the page says whom to ask
    get("/people", "M"),
    post("/people", "M", form={"name": "周屿", "address": "zhou@shiguang.cn", "account": "2"}),
    post("/people/consolidation", "M", form={"switch": "on"}),
    get("/people/approval", "M"),
    post("/people/approval", "M", form={"mode": "people", "from_1": "0", "people_1": "1", "days": "3", "version": "0"}),
    # Without an OA there is nothing to make a secret for: the form comes back
    post("/people/approval/secret", "M"),
    post_thing("/people/{member_id}/permissions", "member", own="M", same="M", foreign="", form={"permission": "apply"}),
    post_thing("/people/{member_id}/end", "member", own="M", same="M", foreign=""),
    post_thing("/people/{member_id}/resume", "member", own="M", same="M", foreign=""),
    # Real-name authentication: submitted by the master, decided by customer service
    get("/authentication", "Mmbx"),
    post("/authentication", "M"),
    post_thing("/authentication/{number}/start", "authentication", own="M", same="M", foreign=""),
    post_thing("/authentication/{number}/withdraw", "authentication", own="M", same="M", foreign="", form={"key": KEY}),
    get("/identity", "c"),
    get_thing("/identity/{number}", "authentication", own="c", same="c", foreign="c"),
    get_thing("/identity/{number}/picture", "authentication", own="c", same="c", foreign="c"),
    post_thing(
        "/identity/{number}/decision",
        "authentication",
        own="c",
        same="c",
        foreign="c",
        form={"key": KEY, "verdict": "approve", "version": "1", "reason": ""},
    ),
    # Titles and receivers, one by one, and the desk that checks and clears titles
    get("/titles/export.csv", "Mm"),
    post("/titles/licence", "Mm"),
    get_thing("/titles/{title_id}", "title", own="Mmx", same="Mmx", foreign=""),
    post_thing("/titles/{title_id}", "title", own="Mmx", same="Mmx", foreign="", form={"name": "北京拾光互动科技有限公司"}),
    post_thing("/titles/{title_id}/remove", "title", own="Mmx", same="Mmx", foreign=""),
    post_thing("/titles/{title_id}/restore", "title", own="Mmx", same="Mmx", foreign=""),
    post_thing("/titles/{title_id}/tax-id", "title", own="Mmx", same="Mmx", foreign="", form={"next_tax_id": "x"}),
    post_thing("/titles/{title_id}/tax-id/withdraw", "title", own="Mmx", same="Mmx", foreign=""),
    get("/titles/desk", "c"),
    get_thing("/titles/desk/{title_id}", "title", own="c", same="c", foreign="c"),
    post_thing("/titles/desk/{title_id}/decision", "title", own="c", same="c", foreign="c", form={"verdict": "approve", "seen": "x"}),
    post_thing("/titles/desk/{title_id}/clear", "title", own="c", same="c", foreign="c", form={"seen": "x", "clearing": "工单 12 请求"}),
    get_thing("/receivers/{receiver_id}", "receiver", own="Mmx", same="Mmx", foreign=""),
    post_thing("/receivers/{receiver_id}", "receiver", own="Mm", same="Mm", foreign="", form={"kind": "email", "email": "new@shiguang.cn"}),
    post_thing("/receivers/{receiver_id}/remove", "receiver", own="Mm", same="Mm", foreign=""),
    post_thing("/receivers/{receiver_id}/restore", "receiver", own="Mm", same="Mm", foreign=""),
    # Support: one's own tickets, for the master all of the enterprise (B's was opened by the member); the desk that answers them
    get("/support", "Mmb"),
    get("/support/new", "Mmb"),
    post("/support", "Mmb", form={"number": "GD-261120-ABCDEFGH", "topic": "other", "subject": "发票", "text": "什么时候寄到", "key": KEY}),
    get_thing("/support/{number}", "ticket", own="Mm", same="M", foreign=""),
    post_thing("/support/{number}/messages", "ticket", own="Mm", same="M", foreign="", form={"key": KEY, "version": "1", "text": "谢谢"}),
    post_thing("/support/{number}/close", "ticket", own="Mm", same="M", foreign="", form={"key": KEY, "version": "1"}),
    get_thing("/support/{number}/files/{attachment_id}", "ticket", own="Mm", same="M", foreign="", fixed={"attachment_id": "$file"}),
    get("/desk/tickets", "c"),
    get_thing("/desk/tickets/{number}", "ticket", own="c", same="c", foreign="c"),
    post_thing(
        "/desk/tickets/{number}/messages",
        "ticket",
        own="c",
        same="c",
        foreign="c",
        form={"key": KEY, "version": "1", "deed": "answer", "text": "明天寄到"},
    ),
    post_thing("/desk/tickets/{number}/assign", "ticket", own="c", same="c", foreign="c", form={"held_by": "0"}),
    post_thing("/desk/tickets/{number}/close", "ticket", own="c", same="c", foreign="c", form={"key": KEY, "version": "1"}),
    get_thing("/desk/tickets/{number}/files/{attachment_id}", "ticket", own="c", same="c", foreign="c", fixed={"attachment_id": "$file"}),
    # Help, catalogue, status, announcements
    get("/help", EVERYBODY),
    get("/help/{slug}", EVERYBODY, fixed={"slug": "first-steps"}),
    get("/terms", EVERYBODY),
    get("/privacy", EVERYBODY),
    get("/status", EVERYBODY),
    get("/catalogue", SIGNED_IN),
    get("/catalogue/export.csv", SIGNED_IN),
    get("/announcements", "o"),
    post("/announcements", "o"),
    post("/announcements/services", "o", form={"service": "mail", "state": "works"}),
    post("/announcements/close", EVERYBODY, form={"mark": "x", "next": "/"}),
    get_thing("/announcements/{announcement_id}", "announcement", own="o", same="o", foreign="o"),
    post_thing("/announcements/{announcement_id}", "announcement", own="o", same="o", foreign="o"),
    post_thing("/announcements/{announcement_id}/end", "announcement", own="o", same="o", foreign="o"),
)
