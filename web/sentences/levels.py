"""Words of levels, claims, hand-overs and absences in our review."""

from domain.audit import AuditAction

LEVEL_NOTES: dict[str, str] = {
    "approve:next-level": "Approved on this level: the next one is asked.",
    "claim:taken": "Yours for half an hour: others leave it to you.",
    "release:taken": "Released: whoever is free takes it.",
    "hand-over:taken": "Handed over; the history says to whom.",
    "*:same-person": "You decided a level of it before; the next level needs somebody else.",
    "*:level-too-low": "Its level is above yours: somebody of that level decides.",
    "*:leaves-nobody": "Leave this level to a colleague: you are needed for a higher one.",
    "*:claimed-by-other": "Somebody else has taken it; who, and since when, stands below.",
    "*:not-claimed": "You do not have it, so there is nothing to release.",
    "*:hand-over-cannot": "They cannot decide it: their level, an earlier decision, or an application of their own. Choose somebody else.",
    "*:hand-over-away": "They are away and nobody stands in for them. Choose somebody else.",
}

LEVEL_REASONS: dict[str, str] = {
    "turn:own-application": "You applied for this yourself; four eyes have to see it. Another reviewer decides.",
    "turn:same-person": "You did level {done}; level {step} needs someone else.",
    "turn:level-too-low": "Level {step} is asked; yours is {own}. Hand it over to somebody who can decide it.",
    "turn:claimed-by-other": "{name} has had it since {since}, until {until} at the longest. Ask them to release it, or take another one.",
    "turn:awaiting-material": "It waits for its customer's material; the review goes on when that is here.",
    "turn:hand-over-cannot": "They cannot decide it",
    "turn:not-claimed": "Nobody has it",
    "turn:over": "Nothing to decide any more",
    "turn:hand-over-away": "They are away and nobody stands in for them",
}

LEVEL_EVENTS: dict[str, str] = {
    "approved-level": "Approved on level {level}",
    "claimed": "Taken for review",
    "let-go": "Released to the queue",
    "handed-over": "Handed over to {to_name}: {reason}",
    "handed-over-instead": "Handed over to {to_name}, who stands in for {meant_name}: {reason}",
    "passed-on": "{meant_name} is away: {to_name} stands in",
    "passed-back": "{meant_name} is away: back in the queue",
}

LEVEL_LABELS: dict[str, str] = {
    f"deed:{AuditAction.ABSENCE_SET}": "Absence of a reviewer set",
    f"deed:{AuditAction.ABSENCE_ENDED}": "Absence of a reviewer ended",
    "show:mine": "Mine",
    "show:free": "Free",
    "show:level": "I can decide",
    "stage:all": "All stages",
    "stage:company": "With its company",
    "stage:material": "Waits for material",
    "stage:free": "Nobody has it",
    "stage:held": "Somebody has it",
}

LEVEL_PROBLEMS: dict[str, str] = {
    "hand-over-person": "Choose who gets it.",
    "hand-over-reason": "Say why: whoever gets it reads this.",
    "moves-nothing": "Tick at least one application.",
    "moves-action": "Choose what happens to them.",
    "absence-order": "The last day cannot be before the first one.",
    "absence-past": "These days are over.",
    "absence-long": "At most {max} days.",
    "absence-person": "Choose somebody who reviews.",
    "absence-overlap": "There is an absence from {first_day} to {last_day} already. End that one first, or choose other days.",
    "substitute-self": "Nobody stands in for themselves.",
    "substitute-level": "The substitute needs at least the same level.",
    "substitute-away": "{name} is away from {first_day} to {last_day}; {instead} would stand in then. "
    "Tick below that this is meant, or choose somebody else.",
    "substitute-away-alone": "{name} is away from {first_day} to {last_day}, and nobody stands in then. "
    "Tick below that this is meant, or choose somebody else.",
}
