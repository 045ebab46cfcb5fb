"""Words of the operators' calendar."""

CALENDAR_PROBLEMS: dict[str, str] = {
    "day-far": "Choose a day from {first} to {last}.",
    "day-note-needed": "Say why in a few words.",
    "day-note-long": "At most {max} characters.",
    "calendar-changed": "Somebody else changed the calendar meanwhile. Look at it as it is now, then send it again.",
    "notice-empty": "Paste the notice.",
    "notice-long": "At most {max} characters: paste the part with the days only.",
    "notice-line": "Line {line} names no day that can be read. Write it as 2027-02-06,off,Spring Festival, or leave it out.",
    "notice-weekday": "Line {line}: {day} is another day of the week than the notice says. Is it the notice of another year?",
    "notice-twice": "Line {line}: {day} is worked in one place and off in another. Leave one of them out.",
    "notice-year": "Line {line}: {day} lies in another year. Open that year, or correct the day.",
    "notice-none": "The text names no day of {year}. Open the year it is about.",
    "notice-days": "More than {max} days: a year's notice has about forty. Paste one notice only.",
}

CALENDAR_LABELS: dict[str, str] = {
    "deed:calendar-changed": "Working days changed",
    "weekday:0": "Mon",
    "weekday:1": "Tue",
    "weekday:2": "Wed",
    "weekday:3": "Thu",
    "weekday:4": "Fri",
    "weekday:5": "Sat",
    "weekday:6": "Sun",
}
