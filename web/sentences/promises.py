"""Why a promise stands where it does, what an expedite costs others, and the words of the plan of peaks."""

PROMISE_REASONS: dict[str, str] = {
    "promise:submitted": "Submitted {since}; the next working day is {due}.",
    "promise:signed-off": "Approved by the company {since}; the next working day is {due}.",
    "promise:material": "Material complete {since}; the next working day is {due}.",
    "promise:submitted-days": "Submitted {since}; counted in working days that is {due}.",
    "promise:signed-off-days": "Approved by the company {since}; counted in working days that is {due}.",
    "promise:material-days": "Material complete {since}; counted in working days that is {due}.",
    "promise:expedited": "Expedited {at}: reviewed on the same day, {due}.",
    "promise:material-expedited": "Material complete {since}; expedited {at}, so reviewed on the same day, {due}.",
    "promise:expedited-only-ahead": "Expedited {at}: no earlier day, but ahead of the queue.",
    "promise:moved": "Moved {at}, because the calendar changed: {note}.",
    "promise:moved-plain": "Moved {at}, because a new calendar of working days is out.",
    "promise:estimated": "The holidays of {year} are not published yet, so the day can still move.",
    "promise:passed": "When it was expedited it went before {count} applications that waited; {today} of them were promised for that day "
    "or late.",
    "promise:passed:one": "When it was expedited it went before 1 application that waited; promised for that day or late: {today}.",
    "promise:passed-none": "When it was expedited nobody waited before it.",
    "promise:ahead-none": "Nobody waits before it.",
    "promise:ahead": "{count} applications wait before it, {expedited} of them expedited.",
    "promise:ahead:one": "1 application waits before it; expedited: {expedited}.",
    "expedite:cost": "You would go before {count} applications that wait; {today} of them are promised for today or late.",
    "expedite:cost:one": "You would go before 1 application that waits; promised for today or late: {today}.",
    "expedite:cost-none": "Nobody waits before you now: expediting would push nobody back.",
    "peak:month": "Month end",
    "peak:quarter": "Quarter end",
    "peak:own": "Many applications expected",
}

PROMISE_LABELS: dict[str, str] = {
    "promises:risk": "At risk",
    "promises:broken": "Broken, still open",
    "promises:late": "Decided late",
    "place": "Place in the queue",
    "days:day": "Date",
    "days:arrived": "Arrived",
    "days:by-people": "Decided by people",
    "days:by-policy": "Passed by the policy",
    "days:waiting": "Waiting at its end",
    "days:oldest": "Oldest (days)",
    "days:middle": "Half wait at least (days)",
    "days:first-kept": "Expedited and special: kept",
    "days:first-broken": "Expedited and special: broken",
    "days:rest-kept": "Others: kept",
    "days:rest-broken": "Others: broken",
    "deed:peak-plan-set": "Plan of peaks changed",
}

PEAK_FIELDS: dict[str, str] = {
    "month_last": "Month end: working days before it",
    "month_first": "Month end: working days after it",
    "quarter_last": "Quarter end: working days before it",
    "quarter_first": "Quarter end: working days after it",
    "own": "Ranges of your own",
}

PROMISE_PROBLEMS: dict[str, str] = {
    "peak-line": "Line {line}: write two days and what it is, as 2026-12-25 2027-01-05 Year's end.",
    "peak-order": "Line {line}: the first day has to come before the last.",
    "peak-long": "Line {line}: a peak has at most {max} days. Longer, it would be no peak.",
    "peak-note": "Line {line}: the words behind the days have at most {max} characters.",
    "peak-many": "At most {max} ranges. Leave out those that are over.",
    "peak-changed": "{by} changed the plan meanwhile: version {version}. Your entries are kept; compare them, then save again.",
}
