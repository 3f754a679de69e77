"""Serve the desk page and the JSON answers for its script."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.audit import access_log
from hub.catalogue.models import Branch, Title
from hub.catalogue.workplace import BRANCH, LONGEST_DESK, branch_of, choose_pad, desk_of, name_desk, pad_of
from hub.circulation.models import Patron, Payment
from hub.circulation.operations.context import by_staff
from hub.circulation.refusals import refusal
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.formatting import Tone
from hub.core.pages.page import page, staff_action, staff_page
from hub.staff import item_pad
from hub.staff.desk_entry import (
    PATRON,
    RETURN,
    Choices,
    DeskEntry,
    DeskLine,
    PageOpened,
    PatronOpened,
    Reply,
    ScanMode,
    panel,
    take_back,
    title_choice,
)
from hub.staff.frame import has_fees
from hub.staff.models import DeskAnswer
from lending.model import Block, Reason

Answer = dict[str, object]
LONGEST = 200
HINTS = ("hint_borrow", "hint_return", "hint_renew", "hint_fee", "hint_hold", "hint_trap", "hint_title", "hint_place")
KEPT = timedelta(days=1)
"""How long the answer to an entry is kept for a repeated request; no browser window waits longer."""


@staff_page
def desk(request: HttpRequest) -> HttpResponse:
    """Show the desk page.

    `?patron=REF` starts with the patron whose page was open, with `&mode=hold` for a hold. `?title=PK` starts with a
    title to place on hold for the next patron. After a hold, **Finish** leads back to the page of the patron or title.
    """
    patron = Patron.objects.filter(ref=request.GET.get("patron", "")).first()
    title = None if patron else _title_to_hold(request.GET.get("title", ""))
    back = ""
    if patron and request.GET.get("mode") == ScanMode.HOLD:
        back = reverse("staff:patron_holds", args=(patron.pk,))
    if title:
        back = reverse("search:title", args=(title.pk,))
    pad = None if formatting.library().followed_since is not None else pad_of(request)
    response = page(request, "desk", "staff/desk.html", {
        "pad": pad,
        "words": _words(),
        "first": f"{PATRON}{patron.ref}" if patron else "",
        "mode": ScanMode.HOLD if back else ScanMode.RETURN,
        "title_to_hold": asdict(title_choice(title)) if title else None,
        "back": back,
        "branch": branch_of(request),
        "day": formatting.day(formatting.today()),
        "branches": Branch.objects.order_by("code"),
        "desk": desk_of(request),
        "desks": _known_desks(branch_of(request)),
        "longest_desk": LONGEST_DESK,
        "means": Payment.Means.choices,
        "charges": has_fees(),
    })  # fmt: skip
    return response if pad is None else item_pad.allow(response, pad)


def _known_desks(branch: Branch) -> list[str]:
    """Return the names of the desks of the branch at which payments were taken lately, for the choice of one."""
    since = hub_clock().now() - timedelta(days=90)
    taken = Payment.objects.filter(branch=branch, at__gte=since).exclude(desk="").order_by("desk")
    return list(taken.values_list("desk", flat=True).distinct())


def _title_to_hold(key: str) -> Title | None:
    return Title.objects.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None


def _words() -> dict[str, str]:
    """Return the texts that the script itself needs."""
    return {
        "borrow": _("Check out"),
        "return": _("Check in"),
        "renew": _("Renew"),
        "fee": _("Fee"),
        "hold": _("Hold"),
        "card": _("Card"),
        "checking": _("Saving"),
        "waiting": _("In the queue"),
        "away": _("The hub does not respond"),
        "away_then": _("Press Enter to try again, or Esc to cancel."),
        "signed_out": _("You are signed out"),
        "signed_out_then": _("Sign in again in another window, then press Enter."),
        "nothing": _("Nothing found"),
        "nothing_then": _("Scan it again, or enter fewer letters."),
        "undone": _("Undone"),
        "print_slip": _("Print slip"),
        "no_undo": _("This cannot be undone here. Do the reverse."),
        "needs_patron": _("Scan a card first."),
        "sum_borrow": _("{count} checked out"),
        "sum_return": _("{count} checked in"),
        "sum_renew": _("{count} renewed"),
        "sum_hold": _("holds {count}"),
        "comma": _(", "),
        **item_pad.words(),
        "finish": _("Finish"),
        "back": pgettext("desk", "Back"),
        **_hints(),
    }


def _hints() -> dict[str, str]:
    """Return the hints of what to scan and type, by the mode."""
    if formatting.library().followed_since is not None:
        return dict.fromkeys(HINTS, _("Scan a card, or enter a name or receipt code"))
    return {
        "hint_borrow": _("Scan books to check out, or the next card, or enter a name or title"),
        "hint_return": _("Scan a card, or books to check in, or enter a name or title"),
        "hint_renew": _("Scan the books to renew"),
        "hint_fee": _("Enter the amount taken; Enter alone takes all that is owed"),
        "hint_hold": _("Scan the book or enter its title"),
        "hint_trap": _("Scan pulled books to trap them for holds"),
        "hint_title": _("Scan the card of the patron who wants it, or enter the name"),
        "hint_place": _("Press Enter to place the hold"),
    }


@staff_action
def entry(request: HttpRequest) -> JsonResponse:
    """Do one entry: `{"id": UUID, "text": ..., "patron": REF or "", "mode": ..., "read": bool}`.

    Optional are `pickup`, the code of the branch where a hold is picked up, `only_copy`, true if only the scanned copy
    can fill the hold, `means`, the means of payment, and `tagged`, true if an item tag on the desk's pad has the text.
    `read` is true if a reader sent the text. The page distinguishes a reader from typing by the time between keys. A
    hand-made request can claim a card, so alarms count every look.
    """
    try:
        asked = json.loads(request.body)
        identity, text, mode = UUID(asked["id"]), _printable(str(asked["text"])), ScanMode(asked["mode"])
        read = asked.get("read") is True
        patron = Patron.objects.select_related("category").get(ref=asked["patron"]) if asked["patron"] else None
        pickup = Branch.objects.get(code=asked["pickup"]) if asked.get("pickup") else None
        means = Payment.Means(asked.get("means") or Payment.Means.CASH)
        only_copy, tagged = asked.get("only_copy") is True, asked.get("tagged") is True
    except (ValueError, KeyError, TypeError, AttributeError, ObjectDoesNotExist):
        return JsonResponse({"fault": "id, text, patron and mode are required"}, status=400)

    def answer() -> Answer:
        reply = DeskEntry(by_staff(request, identity), patron, mode, read, pickup, means, only_copy, tagged).hear(text)
        return _answer(request, reply, patron, mode)

    return _answer_once(request, identity, answer)


def _answer_once(request: HttpRequest, identity: UUID, answer: Callable[[], Answer]) -> JsonResponse:
    """Answer a repeated request as before, without repeating the operation: its first answer was lost.

    The answer is stored in the transaction of the operation. Two windows of one session send in any order.
    """
    try:
        with transaction.atomic():
            stored = DeskAnswer.objects.filter(pk=identity).first() or _store_answer(request, identity, answer())
    except IntegrityError:
        twice = DeskAnswer.objects.filter(pk=identity).first()
        if twice is None:
            raise
        stored = twice  # Two requests with this id arrived at the same time.
    except (ObjectDoesNotExist, ValueError):
        return JsonResponse({"fault": "the chosen title or patron no longer exists"}, status=400)
    if stored.user_id != request.user.pk:
        return JsonResponse({"fault": "this id belongs to an entry of another user"}, status=400)
    return JsonResponse(stored.answer)


def _store_answer(request: HttpRequest, identity: UUID, answer: Answer) -> DeskAnswer:
    now = hub_clock().now()
    DeskAnswer.objects.filter(at__lt=now - KEPT).delete()
    return DeskAnswer.objects.create(pk=identity, user_id=request.user.pk, answer=answer, at=now)


def _printable(text: str) -> str:
    """Remove unprintable characters: scanners send control characters around a number."""
    return "".join(sign for sign in text[:LONGEST] if sign.isprintable()).strip()


def _answer(request: HttpRequest, reply: Reply, patron: Patron | None, mode: ScanMode) -> Answer:
    """Add the patron now served and the mode of the next item to a reply."""
    match reply:
        case PatronOpened(patron=met):
            access_log.record_desk_view(request, met.ref, card=reply.by_card)
            kept_mode = mode if mode in (ScanMode.RENEW, ScanMode.HOLD) else ScanMode.BORROW
            return {"kind": "patron", **_state(request, met, kept_mode)}
        case Choices():
            return {"kind": "choices", **asdict(reply), **_state(request, patron, mode)}
        case PageOpened():
            return {"kind": "opens", **asdict(reply), **_state(request, patron, mode)}
        case DeskLine(farewell=True):
            # Keep the mode: the books that follow must not be returned silently for other patrons.
            return {"kind": "line", "line": asdict(reply), **_state(request, None, _without_patron(mode))}
        case DeskLine():
            next_mode = ScanMode.BORROW if mode is ScanMode.FEE and reply.tone is Tone.DONE else mode
            return {"kind": "line", "line": asdict(reply), **_state(request, patron, next_mode)}


def _without_patron(mode: ScanMode) -> ScanMode:
    return ScanMode.BORROW if mode is ScanMode.FEE else mode


def _state(request: HttpRequest, patron: Patron | None, mode: ScanMode) -> Answer:
    return {"patron": asdict(panel(patron, branch_of(request))) if patron else None, "mode": mode}


@staff_action
def undo(request: HttpRequest) -> JsonResponse:
    """Undo one line: `{"id": UUID, "of": the line's undo, "patron": REF or ""}`."""
    try:
        asked = json.loads(request.body)
        identity, token = UUID(asked["id"]), str(asked["of"])
        patron = Patron.objects.select_related("category").filter(ref=asked["patron"]).first()
    except (ValueError, KeyError, TypeError, AttributeError):
        return JsonResponse({"fault": "id, of and patron are required"}, status=400)
    return _answer_once(request, identity, lambda: _undone(request, token, patron))


def _undone(request: HttpRequest, token: str, patron: Patron | None) -> Answer:
    if token.startswith(RETURN) and not _is_own(request, token):
        undone: str | Block = Block(Reason.NOTHING_TO_UNDO)
    else:
        undone = take_back(by_staff(request), token)
    words = refusal(undone) if isinstance(undone, Block) else None
    return {
        "ok": words is None,
        "words": words.summary if words else undone,
        "then": words.advice if words else "",
        "patron": asdict(panel(patron, branch_of(request))) if patron else None,
    }


def _is_own(request: HttpRequest, token: str) -> bool:
    """Return whether this member of staff received the token at the desk while answers are kept."""
    return bool(DeskAnswer.objects.filter(user_id=request.user.pk, answer__line__undo=token).exists())


@staff_action
def choose_branch(request: HttpRequest) -> HttpResponse:
    """Store the branch of this workplace in the session, and its desk's name and item pad in the browser."""
    branch = Branch.objects.filter(code=request.POST.get("branch", "")).first()
    if branch is not None:
        request.session[BRANCH] = branch.code
    response = redirect("staff:desk")
    if "desk" in request.POST:
        name_desk(response, request.POST["desk"])
    if "pad" in request.POST:
        choose_pad(response, request.POST["pad"])
    return response
