"""The simulators' fixtures."""

from tests.simulators.fixtures import (  # noqa: F401 - pytest finds fixtures by their names here
    bureau,
    bureau_process,
    courier,
    courier_process,
    mail,
    mail_process,
    own_bureau,
    own_courier,
    own_mail,
    receiver,
    sms,
    sms_process,
)
