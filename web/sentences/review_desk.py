"""Words of the review desk: how a case was decided meanwhile, and why one is left out of an approval of several."""

DESK_REASONS: dict[str, str] = {
    "decided:approved": "{name} approved it, {moment}.",
    "decided:policy": "The policy approved it, {moment}.",
    "decided:rejected": "{name} rejected it, {moment}.",
    "decided:cancelled": "The customer cancelled it, {moment}.",
    "decided:lapsed": "It ended without a decision, {moment}.",
    "decided:over": "Its review is over.",
    "left-out:not-in-review": "It is not under review now.",
    "left-out:own": "Your own application is for somebody else to decide.",
    "left-out:changed": "It changed since you saw it.",
    "left-out:level": "It is not of level 1.",
    "left-out:alarm": "A check alarmed: it needs a look of its own.",
    "left-out:score": "Its score is above the policy's line for several at once.",
    "left-out:files": "Files were added or taken back since its checks.",
    "left-out:refund": "A refund for one of its orders has come since.",
    "left-out:claimed": "{name} has claimed it since {moment}.",
    "left-out:looked-at": "{name} is looking at it since {moment}.",
    "compared:replaces": "The one whose invoice this replaces",
    "compared:records": "The last one with some of the same records",
    "compared:title": "The last one with the same title",
    "compared:newest": "The last one of this account that was decided",
}
