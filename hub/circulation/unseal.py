"""Opens what kiosks have sealed to this hub; the keys lie in the state directory. It judges nothing."""

import hmac
from collections.abc import Iterator

from django.conf import settings

from hub.circulation import cards
from hub.core.state_directory import SECRET, secret
from lending import sealing
from lending.sealing import SealBroken

NAME = "seal_key"
"""Of the file with the key that is given out. Older ones lie beside it as `seal_key.` and anything, and open still."""


class SealKeyMissing(Exception):
    """A row is sealed to a key that this hub does not have. It must come again: nobody else can read it."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            f"no key {key} in {settings.STATE} opens what this kiosk has sealed: put the file {NAME} of this hub's "
            f"backup there, beside the one that is there as {NAME}.old"
        )


def public_key() -> str:
    """To which kiosks seal, in hex."""
    return sealing.public_of(secret(NAME, settings.STATE))


def kept() -> dict[str, str]:
    """The keys that open, the one that is given out first: the name of each by that of its file."""
    return {file: sealing.name_of(sealing.public_of(text)) for file, text in _private_keys()}


def opened(raw: dict[str, object]) -> dict[str, object]:
    """The row with its body as the kiosk agreed it. Raises SealBroken, SealKeyMissing."""
    body = raw.get("body")
    box = sealing.read(body) if isinstance(body, str) else None
    if box is None:
        return raw
    plain = sealing.opened(_private_key(box.key), box)
    if not fits(str(raw.get("kind")), plain, raw.get("mark")):
        raise SealBroken("it is not the one of this envelope")
    return {**raw, "body": plain}


def fits(kind: str, plain: str, mark: object) -> bool:
    """Whether that is the body whose mark an envelope bears."""
    whole = sealing.mark_of_body(bytes.fromhex(cards.card_key()), kind, plain)
    return hmac.compare_digest(whole.encode(), str(mark).encode())


def key_of(body: object) -> str:
    """The name of the key that opens this body; empty where it is not sealed."""
    box = sealing.read(body) if isinstance(body, str) else None
    return box.key if box else ""


def _private_key(name: str) -> str:
    for _file, text in _private_keys():
        if sealing.name_of(sealing.public_of(text)) == name:
            return text
    raise SealKeyMissing(name)


def _private_keys() -> Iterator[tuple[str, str]]:
    """The file's name and the key in it. What is no key among them opens nothing and stops nothing."""
    yield NAME, secret(NAME, settings.STATE)
    for path in sorted(settings.STATE.glob(f"{NAME}.*")):
        text = path.read_text(encoding="utf-8", errors="replace").strip()
        if SECRET.fullmatch(text):
            yield path.name, text
