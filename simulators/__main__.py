"""`python -m simulators tax-bureau|courier|sms|mail|oa`: one simulator as a process of its own."""

import argparse
import os
from pathlib import Path

from simulators.courier import courier
from simulators.faults import FaultBox
from simulators.mail import mail
from simulators.oa import oa
from simulators.serving import listening, serve
from simulators.sms import sms
from simulators.tax_bureau import tax_bureau

LOCAL_SECRET = "a secret that only a local courier would have"  # noqa: S105 - a simulator's default, never a real one


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulators", description=__doc__)
    subjects = parser.add_subparsers(dest="subject", required=True)
    for name in ("tax-bureau", "courier", "sms", "mail", "oa"):
        subject = subjects.add_parser(name)
        subject.add_argument("--host", default="127.0.0.1")
        subject.add_argument("--port", type=int, required=True, help="HTTP port; 0 takes a free one and prints it")
        subject.add_argument("--data", type=Path, required=True, help="folder of its storage, made when missing")
        if name == "courier":
            subject.add_argument("--step-seconds", type=float, default=20.0, help="how long a parcel stays in a state; 0: only on request")
            subject.add_argument("--secret", default=os.environ.get("COURIER_SECRET", LOCAL_SECRET), help="default: $COURIER_SECRET")
        if name == "oa":
            subject.add_argument("--secret", default=os.environ.get("OA_SECRET", LOCAL_SECRET), help="default: $OA_SECRET")
        if name == "mail":
            subject.add_argument("--smtp-port", type=int, required=True, help="SMTP port; 0 takes a free one and prints it")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    listener = listening(given.host, given.port)
    box = FaultBox()
    match given.subject:
        case "tax-bureau":
            serve("tax-bureau", tax_bureau(given.data, box), box, listener)
        case "courier":
            serve("courier", courier(given.data, box, given.secret, given.step_seconds), box, listener)
        case "oa":
            serve("oa", oa(given.data, box, given.secret), box, listener)
        case "sms":
            serve("sms", sms(given.data, box), box, listener)
        case "mail":
            # Its faults are for SMTP; the page gets an empty box and stays healthy, so that one can see what arrived.
            serve("mail", mail(given.data, box, listening(given.host, given.smtp_port)), FaultBox(), listener)


if __name__ == "__main__":
    main()
