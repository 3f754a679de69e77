"""Keep what a demo hub sends, in place of providers, and show it on a page that needs no sign-in.

Messages go through the real outbox: they are planned, claimed and recorded as sent. Only the last step differs: a
message is written into a file of the state directory, named by the key of its delivery.
"""

import json
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from hub.circulation.domain_mapping import the_library
from hub.commands import work as working
from hub.core.language import page_language
from hub.demo import shared_state
from hub.outreach.jobs import EVERY_MINUTE
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging.channels.base import Letter, Outcome, SendSuccess, Transport
from hub.outreach.messaging.models import Delivery
from hub.outreach.messaging.settings import Apprise, Channels, Mail, WeChat, WeChatTemplate
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.purposes import MessageKind
from hub.staff.uploads import worker

FOLDER = "demo-outbox"
PAGE = "outbox"
INTERVAL_S = 5.0
"""Seconds between two rounds of planning and sending: short, because a user may be waiting for a code."""
SHOWN = 50
"""Number of messages on the page, newest first."""


def every_channel() -> Channels:
    """Build the settings of a demo's channels; no provider behind them is ever called."""
    template = WeChatTemplate(id="demo", data={})
    return Channels(
        mail=Mail(sender="library@example.org", host="example.org"),
        apprise=Apprise(sms="json://example.org/{address}"),
        wechat=WeChat(app_id="demo", secret="demo", templates=dict.fromkeys(MessageKind, template)),
    )


class OutboxTransport(Transport):
    """Write every message into the folder."""

    def send(self, letter: Letter) -> Outcome:
        words = letter.words
        copy = {"to": letter.address, "subject": words.subject, "short": words.short, "long": words.long}
        _folder().mkdir(mode=0o700, exist_ok=True)
        (_folder() / letter.key).write_text(json.dumps(copy, ensure_ascii=False), encoding="utf-8")
        return SendSuccess()


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message on the page."""

    channel: str
    address: str
    subject: str
    text: str
    time: str


@never_cache
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show the messages, newest first."""
    language = page_language()
    with timezone.override(the_library().timezone):
        context = {"library": the_central().library(language), "rows": list(list_sent())}
        return render(request, "demo/outbox.html", context)


def link(request: HttpRequest) -> dict[str, str]:
    """Give every template of the demo the address of the page."""
    return {"demo_outbox": reverse(PAGE)}


def work() -> None:
    """Carry, plan and send every few seconds, and run imports, until the process ends."""
    from hub.ils.bridge.feed_relay import carry

    _repeat((("uploads", worker.every_minute), ("carry", lambda _now: carry()), *EVERY_MINUTE))


def run_imports() -> None:
    """Run the imports that staff start, every few seconds. On a real hub `kiosk-hub work` runs them."""
    _repeat((("uploads", worker.every_minute),))


def _repeat(jobs: Sequence[working.Job]) -> None:
    while True:
        time.sleep(INTERVAL_S)
        shared_state.refresh()
        working.run(jobs)
        connection.close()


def clear() -> None:
    """Delete the messages."""
    shutil.rmtree(_folder(), ignore_errors=True)


def _folder() -> Path:
    return Path(settings.STATE) / FOLDER


def list_sent() -> Iterator[OutboxMessage]:
    """Yield what was sent, newest first."""
    letters = _letters()
    sent = Delivery.objects.filter(state=Delivery.State.SENT, key__in=[each.name for each in letters])
    rows = [(each.done_at, each.key, each.channel) for each in sent]
    # Reports go to staff, not to patrons, so that no delivery records them.
    reports = [each for each in letters if each.name.startswith("report.")]
    rows += [(datetime.fromtimestamp(each.stat().st_mtime, UTC), each.name, "mail") for each in reports]
    for done_at, key, channel in sorted(rows, reverse=True)[:SHOWN]:
        letter = json.loads((_folder() / key).read_text(encoding="utf-8"))
        text = letter["long"] if channel == "mail" else letter["short"]
        when = timezone.localtime(done_at).strftime("%Y-%m-%d %H:%M:%S")
        yield OutboxMessage(str(Channel(channel).label), letter["to"], letter["subject"], text, when)


def _letters() -> list[Path]:
    with suppress(FileNotFoundError):
        return list(_folder().iterdir())
    return []
