"""Refuse actions that an external ILS has to do: it would not be notified of a change made here."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.circulation.operations import external_ils
from hub.core.pages.page import report_error

ILS_ACTS = frozenset(
    """staff:pay staff:renew staff:card staff:patron_status staff:receive staff:lose staff:take_back staff:trap
    staff:cancel staff:restore_hold staff:suspend_hold staff:suspend_until staff:resume_hold staff:pickup_day
    staff:pickup_day_before staff:choose_copy staff:choose_copy_before staff:move_hold staff:move_hold_back
    staff:unpacked staff:sent staff:seen staff:found staff:reopen reminders:lose
    staff:correct staff:undo_correction staff:renew_membership staff:undo_membership staff:charge staff:waive
    staff:revoke_waiver
    staff:reverse_payment paper:print_card uploads:upload uploads:start uploads:undo
    staff:merge_choose staff:merge staff:merge_act staff:merge_of
    collection:add collection:edit_title collection:new_item collection:edit_item collection:withdraw
    collection:restore collection:undo""".split()
)
"""Names of the refused URLs. Entries at the desk are checked in `desk_entry`."""
DO_IT_THERE = gettext_lazy("Loans, holds, fees and cards are kept in the ILS. Do this there.")
COLLECTION_THERE = gettext_lazy("Titles, items and patrons are kept in the ILS. Do this there.")


def ils_redirect(request: HttpRequest, asked: str, _given: Mapping[str, object]) -> HttpResponse | None:
    """Return a redirect that says where to do it, or None if the action is done in the hub."""
    if asked not in ILS_ACTS or not external_ils.followed():
        return None
    words = COLLECTION_THERE if asked.startswith(("uploads:", "collection:")) else DO_IT_THERE
    return report_error(request, _("{words} Nothing was changed here.").format(words=words), reverse("staff:today"))
