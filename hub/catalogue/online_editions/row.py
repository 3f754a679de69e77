"""Describe an online edition for pages: the result of its last check, and the address for phones."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.catalogue.online_editions.models import Edition
from hub.catalogue.online_editions.url_probe import LinkFault
from hub.core.pages import formatting
from hub.core.pages.tone import Tone
from hub.core.public_url import public_url


@dataclass(frozen=True, slots=True)
class OnlineEditionRow:
    """An online edition as a row of a staff page."""

    pk: int
    title: int
    book: str
    words: str
    url: str
    origin: str
    offered: bool
    removed: bool
    tone: str
    state: str
    note: str

    @staticmethod
    def from_edition(edition: Edition) -> OnlineEditionRow:
        tone, state = _state(edition)
        return OnlineEditionRow(
            pk=edition.pk,
            title=edition.title_id,
            book=edition.title.title,
            words=edition.words,
            url=edition.url,
            origin=_origin(edition),
            offered=edition.offered,
            removed=edition.removed,
            tone=tone,
            state=state,
            note=_note(edition),
        )


def _origin(edition: Edition) -> str:
    if not edition.in_record:
        return _("entered by staff")
    return _("from the record") if edition.url == edition.in_record else _("from the record, corrected by staff")


def address(edition: int) -> str:
    """Return the URL that phones open: at the hub, which counts the use and redirects."""
    return public_url("portal:read_edition", edition)


def _state(edition: Edition) -> tuple[Tone, str]:
    if edition.removed:
        return Tone.STOP, _("Removed")
    if edition.checked_at is None:
        return Tone.CLOCK, _("Not checked yet")
    fault = LinkFault(edition.fault)
    if fault is LinkFault.NONE:
        return Tone.DONE, _("Reachable")
    words = {
        LinkFault.GONE: _("Page not found ({status})").format(status=edition.status),
        LinkFault.STATUS: _("The site returns an error ({status})").format(status=edition.status),
        LinkFault.NO_HOST: _("Site not found"),
        LinkFault.NO_ANSWER: _("No response from the site"),
        LinkFault.TLS: _("The site's certificate is not valid"),
        LinkFault.REDIRECTS: _("Redirect loop"),
        LinkFault.INSIDE: _("Address in a private network not configured in the hub"),
        LinkFault.NO_ADDRESS: _("Redirects to something other than a web address"),
    }[fault]
    return (Tone.LOOK if edition.offered else Tone.STOP), words


def _note(edition: Edition) -> str:
    if edition.checked_at is None or edition.removed:
        return ""
    if not edition.fault:
        return _("Checked {when}").format(when=formatting.date_and_time(edition.checked_at))
    nights = ngettext("{count} night in a row", "{count} nights in a row", edition.failures)
    since = _("unreachable since {when}").format(when=formatting.date_and_time(edition.failing_since))
    parts = (since, nights.format(count=edition.failures), "" if edition.offered else _("hidden from patrons"))
    return " · ".join(each for each in parts if each)
