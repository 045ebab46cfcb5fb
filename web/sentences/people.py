"""Sentences of signing in, registering and of an enterprise's people."""

PEOPLE_PROBLEMS: dict[str, str] = {
    "accounts-apart": "One application covers one account. Apply for each by itself, or switch on applications over several accounts.",
    "sign-in-wrong": "User name and password do not fit. You can try {left} more times, or sign in by a code.",
    "sign-in-wrong:one": "User name and password do not fit. You can try once more, or sign in by a code.",
    "sign-in-wrong-last": "User name and password do not fit. Sign in by a code, or set a new password.",
    "sign-in-wait": "Too many tries. Try again in {minutes} min.",
    "sign-in-locked": "Too many wrong tries. Sign in by a code now, or set a new password; or try again in {minutes} min.",
    "address-form": "Type a mobile number of 11 digits, or an e-mail address such as name@company.cn.",
    "mobile-form": "A mobile number has 11 digits and begins with 1.",
    "code-wrong": "This code is wrong, used or too old. Compare it with the newest message, or have a new one sent.",
    "code-wait": "Too many codes. Try again in {minutes} min.",
    "code-not-sent": "The code could not be sent just now. Try again, or use another address.",
    "second-factor-wrong": "This code does not fit, or was used before. Wait for the next one; you can try {left} more times.",
    "second-factor-wrong:one": "This code does not fit, or was used before. Wait for the next one; you can try once more.",
    "password-needed": "Choose a password.",
    "password-short": "At least {min} characters.",
    "password-long": "At most {max} characters.",
    "password-own": "This is your own name, number or address. Choose something that nobody knows of you.",
    "password-common": "This password is one of those that are guessed first. Choose another one.",
    "password-old-wrong": "This is not your password now. You can try {left} more times.",
    "password-old-wrong:one": "This is not your password now. You can try once more.",
    "password-same": "This is the password you have. Choose another one.",
    "address-taken": "An account signs in with this address already. Sign in with it, or use another address.",
    "address-not-usable": "This address cannot be used here. Ask for another one.",
    "member-listed": "Somebody in the list above has this address: no second invitation is needed. They set a password by a code.",
    "member-ended": "Somebody in the list above has this address, and their access has ended. Let them in again there.",
    "company-known": "This company is a customer already. Ask its master account to invite you.",
    "terms-to-register": "Tick that you agree, so that an account can be made.",
    "member-changed": "Somebody changed this person meanwhile. Look at what is ticked now, then try again.",
    "invited-wait": "Too many invitations today. Try again in {minutes} min.",
    "login-taken": "Somebody signs in by this name already.",
}

PEOPLE_LABELS: dict[str, str] = {
    "deed:consolidation-on": "Applications over several accounts switched on",
    "deed:consolidation-off": "Applications over several accounts switched off",
    "right:apply": "Choose consumption, apply, cancel, return",
    "right:keep-titles": "Keep titles and receivers",
    "right:manage-people": "Manage the company's people",
    "right:authenticate": "Submit the company's verification",
    "right:see-whole-enterprise": "See the whole company",
    "right:see-own": "See applications and invoices",
    "right:ask-support": "Ask customer service",
}

PEOPLE_FIELDS: dict[str, str] = {
    "code": "Code",
    "old": "Old password",
    "company": "Company",
    "licence": "Licence number",
    "mobile": "Mobile",
}
