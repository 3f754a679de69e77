"""Enrol this device as a kiosk at the hub with a one-time code.

The previous identity stays valid until the hub has confirmed the new one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kiosk.central import CentralUnavailable
from kiosk.sync.http import Host, Reply, Timing
from kiosk.sync.hub_client import API, MOST_ANSWER, UNKNOWN_CARD
from kiosk.sync.identity import Identity, IdentityFile, NotEnrolled
from kiosk.sync.request_signer import RequestCounter, Signer
from kiosk.system.lazy_text import LazyText, sentence
from lending import request_signature, wire
from lending.wire import fleet

CLOCK = timedelta(minutes=5)
"""Largest difference between the kiosk's and the hub's clock that the hub accepts in signed requests."""
Address = tuple[str, int]


class EnrolmentFailed(Exception):
    """Enrolment failed and the previous identity is unchanged. `args[0]` is a Sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class EnrolmentResult:
    """Result of an enrolment."""

    kiosk: str
    """The kiosk's name at the hub."""
    branch: str
    """The branch's code at the hub."""
    device: str
    ahead: timedelta
    """How far this machine's clock is ahead of the hub's."""

    @property
    def clock_is_wrong(self) -> bool:
        return abs(self.ahead) > CLOCK


def enrol(
    url: str,
    code: str,
    state: Path,
    via: Address | None = None,
    timing: Timing = Timing(),  # noqa: B008 - a frozen value
    stays: Callable[[], LazyText | None] = lambda: None,
) -> EnrolmentResult:
    """Create a key, send it with the code to the hub, store the answer and confirm it with a signed request.

    A running kiosk starts using the new identity with its next request.

    Args:
        url: Address of the hub.
        code: One-time code of the hub's page Kiosks.
        state: The kiosk's state folder.
        via: Host and port to connect to instead. The URL, Host header and TLS name stay.
        timing: Time-outs.
        stays: Called if the answering hub has another key than the previous one. A sentence rejects the enrolment.

    Raises:
        EnrolmentFailed: The previous identity is unchanged.
    """
    plain = request_signature.plain_code(code)
    if not request_signature.is_code(plain):
        raise EnrolmentFailed(
            sentence(
                "{code} is not a valid code: codes have 16 letters and digits, such as 7KQ2-M9XC-4TDA-0BWE",
                code=repr(code),
            )
        )
    file = IdentityFile(state)
    try:
        key = file.begin()
        answer = _request_enrolment(url, via, timing, plain, key)
        if _is_another_hub(file, answer.hub_key) and (why := stays()):
            raise EnrolmentFailed(why)
        card_key = bytes.fromhex(answer.card_key)
        identity = Identity(answer.device, answer.kiosk, answer.hub_key, key, card_key, url, answer.seal_key)
        file.keep(identity)
        _confirm(url, via, timing, file, identity)
        file.adopt()
    except OSError as error:
        raise EnrolmentFailed(
            sentence("Cannot write {file}: {why}", file=state, why=error.strerror or error)
        ) from error
    ahead = datetime.now(UTC) - answer.now
    return EnrolmentResult(answer.kiosk, answer.branch, answer.device, ahead)


def _request_enrolment(url: str, via: Address | None, timing: Timing, code: str, key: bytes) -> fleet.EnrolmentAnswer:
    public = request_signature.public_of(key)
    proof = request_signature.sign(key, request_signature.enrolment_text(code, public))
    asked = fleet.EnrolmentRequest(wire=wire.VERSION, code=code, public_key=public, proof=proof)
    host = Host(url, None, via, timing)
    try:
        reply = host.post(f"{API}/fleet/enrolments", MOST_ANSWER, asked.model_dump_json().encode(), repeat=True)
    except CentralUnavailable as away:
        raise EnrolmentFailed(_away(url, str(away))) from away
    finally:
        host.close()
    if reply.status != 200:
        raise EnrolmentFailed(_refusal(url, reply))
    try:
        answer = wire.parse(fleet.EnrolmentAnswer, reply.body)
    except ValueError:
        raise EnrolmentFailed(sentence("the server at {url} is not the library's hub", url=url)) from None
    if not request_signature.verifies(
        answer.hub_key, request_signature.answer_text(public, 0, reply.body), reply.signature
    ):
        raise EnrolmentFailed(
            sentence(
                "the response from {url} was altered on its way: check what is between the kiosk and the hub", url=url
            )
        )
    return answer


def _is_another_hub(file: IdentityFile, key: str) -> bool:
    try:
        return file.load().hub_key != key
    except NotEnrolled:
        return False


def _confirm(url: str, via: Address | None, timing: Timing, file: IdentityFile, identity: Identity) -> None:
    """Send the first signed request, at which the hub revokes the device's previous identity."""
    host = Host(url, Signer(lambda: identity, RequestCounter(file.counter)), via, timing)
    try:
        status = host.get(f"{API}/cards/{UNKNOWN_CARD}", MOST_ANSWER).status
    except CentralUnavailable:
        status = 0
    finally:
        host.close()
    if status == 401:
        file.forget()
        raise EnrolmentFailed(sentence("the hub withdrew this enrolment: get a new code"))
    if status != 404:
        raise EnrolmentFailed(
            sentence(
                "the hub at {url} enrolled this kiosk and then did not respond: the kiosk uses its new identity "
                "after a restart",
                url=url,
            )
        )


def _away(url: str, reason: str) -> LazyText:
    match reason:
        case "tls_failed":
            now = f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
            return sentence(
                "the certificate of {url} is not trusted; this machine's clock says {now} UTC: if that is wrong, "
                "set it (timedatectl), otherwise ask the hub's administrator",
                url=url,
                now=now,
            )
        case "away" | "time_out":
            return sentence("the hub at {url} does not respond: check the address, the cable and the hub", url=url)
        case _:
            return sentence("the server at {url} is not the library's hub ({reason})", url=url, reason=reason)


def _refusal(url: str, reply: Reply) -> LazyText:
    if reply.status == 429:
        wait = f"{reply.retry_after:.0f}"
        return sentence("too many wrong codes from this machine: wait {n} seconds and try again", n=wait)
    try:
        detail = wire.parse(fleet.EnrolmentRefusal, reply.body).detail
    except ValueError:
        return sentence(
            "the server at {url} is not the library's hub, or an older one (it answered {status})",
            url=url,
            status=reply.status,
        )
    match detail:
        case "wrong_code":
            return sentence("the hub does not recognise this code: check each letter")
        case "expired_code":
            return sentence("this code is older than 15 minutes: get a new one")
        case "used_code":
            return sentence("this code was already used to enrol a device: get a new one")
        case "dead_code":
            return sentence("this code was entered wrongly five times and is no longer valid: get a new one")
