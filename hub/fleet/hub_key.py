"""Sign the hub's answers with the key in the state directory, so that kiosks can authenticate them."""

from django.conf import settings
from django.http import HttpResponse
from pydantic import BaseModel

from hub.core.state_directory import secret
from lending.request_signature import ANSWER_HEADER, answer_text, public_of, sign


def public_key() -> str:
    """Return the public key in hex, which a kiosk receives at enrolment."""
    return public_of(_key())


def sign_answer(answer: BaseModel, to: str, counter: int, status: int = 200) -> HttpResponse:
    """Return the answer, signed together with the sender and the counter of the request."""
    body = answer.model_dump_json().encode()
    signature = sign(_key(), answer_text(to, counter, body))
    return HttpResponse(body, content_type="application/json", status=status, headers={ANSWER_HEADER: signature})


def _key() -> bytes:
    return bytes.fromhex(secret("hub_key", settings.STATE))
