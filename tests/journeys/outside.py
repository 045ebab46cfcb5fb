"""What stands outside: the mail sink, the courier's vans, the tax bureau's faults and book."""

from typing import Any

import httpx

from cli.stack import Stack
from tests.eventually import eventually


class Outside:
    """The simulators' own pages and switches."""

    def __init__(self, stack: Stack) -> None:
        self.urls = stack.urls
        self._client = httpx.Client(timeout=20, trust_env=False)

    def close(self) -> None:
        self._client.close()

    def _get(self, address: str) -> Any:
        return self._client.get(address).raise_for_status().json()

    async def mail_to(self, address: str, saying: str) -> dict[str, Any]:
        """The mail to this address whose text says this."""

        def look() -> dict[str, Any] | None:
            for found in self._get(f"{self.urls['mail']}/api/mails?to={address}")["mails"]:
                mail: dict[str, Any] = self._get(f"{self.urls['mail']}/api/mails/{found['id']}")
                if saying in mail["text"]:
                    return mail
            return None

        return await eventually(look, f"a mail to {address} with {saying}", within=40)

    def mails_to(self, address: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._get(f"{self.urls['mail']}/api/mails?to={address}")["mails"]
        return found

    def sms_to(self, phone: str) -> list[str]:
        """Texts to a mobile number, the newest first."""
        return [message["text"] for message in self._get(f"{self.urls['sms']}/messages?phone={phone}")["messages"]]

    def attachment(self, mail: dict[str, Any], place: int) -> bytes:
        return self._client.get(f"{self.urls['mail']}/mails/{mail['id']}/attachments/{place}").raise_for_status().content

    def advance(self, waybill: str) -> str:
        """Move a parcel by one step; its state then."""
        answer = self._client.post(f"{self.urls['courier']}/admin/parcels/{waybill}/advance").raise_for_status()
        state: str = answer.json()["state"]
        return state

    def send_back(self, sender: str, reference: str) -> str:
        """A customer hands a parcel to the courier; its waybill."""
        answer = self._client.post(f"{self.urls['courier']}/admin/inbound", json={"reference": reference, "from": sender})
        number: str = answer.raise_for_status().json()["number"]
        return number

    def spoil(self, part: str, **fault: Any) -> None:
        """Order a fault of a simulator."""
        self._client.post(f"{self.urls[part]}/admin/faults", json=fault).raise_for_status()

    def book(self, request_id: str) -> list[dict[str, Any]]:
        """What the tax bureau has issued for one request, red-letters included."""
        entries: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = self._get(f"{self.urls['tax-bureau']}/book?after={after}")
            entries += [entry for entry in page["entries"] if entry["request_id"].startswith(request_id)]
            after = page["next"]
        return entries
