"""Words of the automatic review: each check with its outcomes, the levels, and the policy that weighs them."""

from domain.review_policy import CheckCode, points_field

CHECK_NAMES: dict[CheckCode, str] = {
    CheckCode.TITLE_IS_REAL_NAME: "Title against verified name",
    CheckCode.TAX_ID_IS_REGISTERED: "Tax ID against verified one",
    CheckCode.TAX_ID_CHECK_DIGITS: "Check digits of the tax ID",
    CheckCode.TITLE_UNCHANGED: "Change of title or tax ID",
    CheckCode.AMOUNT_WITHIN_90_DAYS: "Consumption of 90 days",
    CheckCode.NO_ARREARS: "Arrears",
    CheckCode.EVIDENCE_IS_THERE: "Evidence",
    CheckCode.NOT_THE_FIRST: "First application",
    CheckCode.USUAL_SPLIT: "Unusual split",
    CheckCode.NOT_REJECTED_BEFORE: "Earlier rejections",
}

CHECKS: dict[str, str] = {
    "check:title-is-real-name:clear": "The title is the verified name",
    "check:title-is-real-name:look": "The title is not the verified name {real_name}",
    "check:tax-id-is-registered:clear": "The tax ID is the verified one",
    "check:tax-id-is-registered:look": "The tax ID is not the verified one ({real_tax_id})",
    "check:tax-id-check-digits:clear": "Both check digits of the tax ID fit, or it has none",
    "check:tax-id-check-digits:look": "Character 17 of the tax ID, the organisation code's check digit, does not fit",
    "check:tax-id-check-digits:alarm": "This is no tax ID: a check digit or its form does not fit",
    "check:title-unchanged:clear": "Title and tax ID did not change lately",
    "check:title-unchanged:look": "Other than on the application before, which was for {name_before}; changed so many days ago: {days}",
    "check:amount-within-90-days:clear": "{amount} is within the {consumed} consumed in 90 days",
    "check:amount-within-90-days:alarm": "{amount} is {more} above the {consumed} consumed in 90 days",
    "check:no-arrears:clear": "The customer owes nothing",
    "check:no-arrears:look": "The customer owes {owed}",
    "check:evidence-is-there:clear": "No evidence is missing; files: {files}",
    "check:evidence-is-there:look": "Missing: {missing}; files: {files}",
    "check:not-the-first-application:clear": "The customer has applied before",
    "check:not-the-first-application:look": "The customer's first application",
    "check:usual-split:clear": "Nothing unusual in how it is split",
    "check:usual-split:look": "Lines moved by hand to other invoices: {by_hand}",
    "check:usual-split:look:near": "{count} just under the limit of {limit}: invoices of this split, or applications lately",
    "check:not-rejected-before:clear": "No application of this customer was rejected within a year",
    "check:not-rejected-before:look": "Applications of this customer that were rejected within a year: {count}",
    "check:not-rejected-before:alarm": "Rejected again and again: {count} applications within a year",
    "level-why:score": "Score {score}; this level begins at {limit}",
    "level-why:amount": "The amount; this level begins at CNY {limit}",
    "level-why:alarm": "An alarm always needs a person",
    "level-why:automatic": "Without points only up to CNY {limit} passes by itself",
    "level-why:passes": "Clear, and at most CNY {limit}: nobody has to look",
    "level-why:own": "Passed under a limit that was set for this application alone",
}

REVIEW_LABELS: dict[str, str] = {
    **{f"check:{code}": name for code, name in CHECK_NAMES.items()},
    "level:0": "Passes by itself",
    "level:1": "Level 1",
    "level:2": "Level 2",
    "level:3": "Supervisor",
    "evidence-needed:licence": "licence of the company in the title",
    "evidence-needed:contract": "contract, order, payment or consumption record",
    "deed:review-policy-set": "Review policy changed",
    "deed:review-phrase-set": "Ready reason written",
    "deed:review-phrase-retired": "Ready reason retired",
    "deed:review-phrase-offered": "Ready reason offered again",
    "deed:review-phrase-moved": "Ready reasons put in another order",
    "phrase-for:approve": "For approvals",
    "phrase-for:reject": "For rejections",
    "phrase-for:ask": "For asking material",
}

POLICY_FIELDS: dict[str, str] = {
    **{points_field(code): name for code, name in CHECK_NAMES.items()},
    "people_from_score": "A person looks from (points)",
    "level_2_from_score": "Level 2 from (points)",
    "supervisor_from_score": "Supervisor from (points)",
    "automatic_up_to_fen": "Passes by itself up to (CNY)",
    "level_2_from_fen": "Level 2 from (CNY)",
    "supervisor_from_fen": "Supervisor from (CNY)",
    "recent_days": "Lately means within (days)",
    "near_percent": "Just under means within (percent)",
    "near_count": "Unusual from (number)",
    "bulk_up_to_score": "Several at once up to (points)",
}

REVIEW_PROBLEMS: dict[str, str] = {
    "whole-number": "Write a whole number from {least} to {most}.",
    "policy-order": "This has to come after “{than}”, else nobody ever comes to this level.",
    "phrase-not-chinese": "Write it in Chinese here.",
    "phrase-not-english": "Write it in English here, without Chinese characters.",
    "phrase-verdict": "Choose what it is for.",
    "phrase-twice": "These words are offered already. Change that one, or write others.",
    "phrase-many": "At most {max} of a kind are offered. Retire one first.",
    "phrase-changed": "{by} changed or retired it meanwhile, {at}. Look at the list, then choose again.",
    "phrase-gone": "This ready reason does not exist. Choose one of the list.",
    "phrase-retired": "This ready reason was retired meanwhile. Choose another one, or write the reason.",
    "phrase-other-verdict": "This ready reason is not for this decision. Choose another one, or none.",
    "bulk-none": "Tick at least one application.",
    "bulk-many": "At most {max} at once. Untick some.",
    "policy-reason-needed": "Say why: the reason stays with this version.",
    "policy-changed": "{by} changed the policy meanwhile, {at}: version {version}. Your entries are kept below; "
    "compare them with what counts now, then save again.",
}
