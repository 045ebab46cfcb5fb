"""Words of the programs' interface and of the page of import keys. Codes are those of `web/machines.py`, `web/api_orders.py` and infra/."""

API_FAULTS: dict[str, str] = {
    "key-needed": "Send a valid import key as “Authorization: Bearer …”. An operator makes keys under Import keys.",
    "too-many-requests": "Too many requests. Wait as long as Retry-After says.",
    "idempotency-key-needed": "Send an Idempotency-Key header: 1 to 255 visible ASCII characters, a new one for each list of orders.",
    "idempotency-key-reused": "This Idempotency-Key was used for another body. Use a new one.",
    "idempotency-key-under-way": "The first request with this Idempotency-Key is still under way. Wait as long as Retry-After says.",
    "content-type": "Send the orders as application/json.",
    "body-too-large": "The body is larger than {limit} MB. Send the orders in several lists.",
    "orders-wrong": "Nothing was imported. Each problem names its place in the body.",
    "import-unknown": "This key has sent no such import in the last 30 days.",
    "try-again": "A service that is needed does not answer. Nothing was imported; send the same request again.",
}

JSON_SENTENCES: dict[str, str] = {
    "json-malformed": "This is not JSON in UTF-8.",
    "json-twice": "The key “{key}” stands twice in one object.",
    "json-deep": "The JSON is nested too deeply. Send a list of objects whose values are texts.",
    "json-not-a-list": "Send a list of orders, also for one.",
    "json-empty": "The list is empty: it holds no order.",
    "json-too-many": "At most {limit} orders fit in one list. Send several lists.",
    "json-object-needed": "An order is an object with named fields.",
    "json-field-unknown": "There is no such field. The fields are described in the documentation of the interface.",
    "json-text-needed": "Send this value as a text in quotation marks: a number would be rounded by some programs.",
    "parts-differ": "Cash, voucher, coupon and bonus make {sum} together, which is not the amount.",
}

API_LABELS: dict[str, str] = {
    "deed:import-key-made": "Import key made",
    "deed:import-key-ended": "Import key ended",
    "form:json": "Orders by program (JSON)",
}

API_PROBLEMS: dict[str, str] = {
    "key-name-twice": "A key with this name can be used already. Choose another name, or end that one first.",
    "keys-too-many": "At most {max} keys can be used at once. End one that is not needed.",
}
