"""The SMS gateway over HTTP; it ignores a key that it has seen, so a repeat after a doubt sends nothing twice."""

from infra import outside
from infra.outside import OutsideHttp, same, unclear


class HttpSms:
    """Implements `domain.ports.Sms`."""

    def __init__(self, base_url: str, timeout_seconds: float = 10.0) -> None:
        self._http = OutsideHttp(base_url, timeout_seconds)

    def close(self) -> None:
        self._http.close()

    def send(self, key: str, phone: str, text: str) -> None:
        """Raises OutsideRefused (a phone that is none), OutsideUnavailable, or OutsideDisagrees (another key or phone)."""
        answer = self._http.post("/messages", {"key": key, "phone": phone, "text": text})
        if answer.status == 422:
            raise answer.refusal()
        if answer.status not in (200, 201):
            raise unclear(answer)
        said = answer.object()
        same("key", outside.text(said, "key"), key)
        same("phone", outside.text(said, "phone"), phone)
