"""The hub's own key, by which kiosks know its answers again; it lives in the state directory."""

from django.conf import settings
from django.http import HttpResponse
from pydantic import BaseModel

from hub.core.state_directory import secret
from lending.request_signature import ANSWER_HEADER, answer_text, public_of, sign


def public_key() -> str:
    """The public half in hex, which a kiosk is given when it is enrolled."""
    return public_of(_key())


def signed(answer: BaseModel, to: str, counter: int, status: int = 200) -> HttpResponse:
    """The answer with the hub's signature over it and over the question's sender and number."""
    body = answer.model_dump_json().encode()
    signature = sign(_key(), answer_text(to, counter, body))
    return HttpResponse(body, content_type="application/json", status=status, headers={ANSWER_HEADER: signature})


def _key() -> bytes:
    return bytes.fromhex(secret("hub_key", settings.STATE))
