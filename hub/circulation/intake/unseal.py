"""Decrypt what kiosks have encrypted to this hub, with the keys of the state directory."""

import hmac
from collections.abc import Iterator

from django.conf import settings

from hub.circulation import cards
from hub.core.state_directory import SECRET, secret
from lending import sealing
from lending.sealing import SealBroken

NAME = "seal_key"
"""Name of the file with the current key. Older keys are in `seal_key.*` and still decrypt."""


class SealKeyMissing(Exception):
    """A row is encrypted to a key that this hub does not have.

    The kiosk must send it again, because it alone has the row.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            f"no key {key} in {settings.STATE} to decrypt this kiosk's rows: copy the file {NAME} from this hub's "
            f"backup there as {NAME}.restored"
        )


def public_key() -> str:
    """Return the public key to which kiosks encrypt, in hex."""
    return sealing.public_of(secret(NAME, settings.STATE))


def key_names() -> dict[str, str]:
    """Return the available keys, the current one first: file name and key name."""
    return {file: sealing.name_of(sealing.public_of(text)) for file, text in _private_keys()}


def decrypt_row(raw: dict[str, object]) -> dict[str, object]:
    """Return the row with its body in plain text.

    Raises:
        SealBroken: The body does not decrypt, or is not the one of this envelope.
        SealKeyMissing: The hub does not have the key.
    """
    body = raw.get("body")
    box = sealing.read(body) if isinstance(body, str) else None
    if box is None:
        return raw
    plain = sealing.decrypt(_private_key(box.key), box)
    if not fits(str(raw.get("kind")), plain, raw.get("mark")):
        raise SealBroken("the decrypted body does not match the mark of its envelope")
    return {**raw, "body": plain}


def fits(kind: str, plain: str, mark: object) -> bool:
    """Return whether the plain body matches the mark of its envelope."""
    whole = sealing.mark_of_body(bytes.fromhex(cards.card_key()), kind, plain)
    return hmac.compare_digest(whole.encode(), str(mark).encode())


def key_of(body: object) -> str:
    """Return the name of the key that decrypts this body; empty if it is not encrypted."""
    box = sealing.read(body) if isinstance(body, str) else None
    return box.key if box else ""


def _private_key(name: str) -> str:
    for _file, text in _private_keys():
        if sealing.name_of(sealing.public_of(text)) == name:
            return text
    raise SealKeyMissing(name)


def _private_keys() -> Iterator[tuple[str, str]]:
    """Yield file name and content of each key. Files that contain no key are skipped."""
    yield NAME, secret(NAME, settings.STATE)
    for path in sorted(settings.STATE.glob(f"{NAME}.*")):
        text = path.read_text(encoding="utf-8", errors="replace").strip()
        if SECRET.fullmatch(text):
            yield path.name, text
