"""Mail reports, at once or once a month: the nightly job sends what staff ordered, for the month before.

A report that could not be sent is tried again every night. Its mail has the same Message-ID then, so that a mail server
can recognise it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from hub.catalogue.models import Branch
from hub.circulation.domain_mapping import the_library
from hub.core.pages import formatting
from hub.core.pages.csv_download import csv_file
from hub.core.pages.page import report_error, report_success, staff_action
from hub.core.signed_links import public_url
from hub.outreach.messaging.channels.base import Attachment, Letter, SendSuccess, Transport
from hub.outreach.messaging.channels.registry import transport
from hub.outreach.messaging.rendering import RenderedMessage
from hub.outreach.messaging.settings import channels_or_none
from hub.outreach.patrons.purposes import MessageKind
from hub.staff.models import ReportMail
from hub.staff.reports import Report, Scope, find_report, last_month, parse_period


@staff_action
def order(request: HttpRequest, name: str) -> HttpResponse:
    """Mail the report to the posted address each month, or only now; the undo stops a monthly one that is new."""
    report, home = find_report(name), reverse("staff:report", args=(name,))
    if report is None:
        raise Http404
    address, split = request.POST.get("address", "").strip(), request.POST.get("by", "")
    try:
        validate_email(address)
    except ValidationError:
        return report_error(request, _("“{address}” is not an email address.").format(address=address[:80]), home)
    chosen = {
        "report": name,
        "split": split if split in report.splits else "",
        "branch": Branch.objects.filter(code=request.POST.get("branch", "")).first() if report.by_branch else None,
        "address": address,
    }
    given = {"language": get_language() or "zh-hans", "by": request.user.get_username()}
    if request.POST.get("when") == "now":
        period = parse_period(request.POST.get("from", ""), request.POST.get("to", ""))
        if not _send_now(ReportMail(**chosen, **given), report, Scope(*period, chosen["branch"])):
            return report_error(request, _("The mail was not sent. Check the mail account, then try again."), home)
        return report_success(request, _("The report was mailed to {address}").format(address=address), home)
    mail, is_new = ReportMail.objects.get_or_create(**chosen, defaults=given)
    words = _("The report goes to {address} tonight, then each month").format(address=address)
    undo = reverse("staff:report_mail_stop", args=(mail.pk,)) if is_new else ""
    return report_success(request, words, home, undo)


@staff_action
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Mail the report to this address no longer."""
    mail = get_object_or_404(ReportMail, pk=pk)
    mail.delete()
    words = _("The report no longer goes to {address}").format(address=mail.address)
    return report_success(request, words, reverse("staff:report", args=(mail.report,)))


def send_due(_now: datetime) -> int:
    """Send each report whose last month was not sent yet; return the number of mails."""
    with formatting.for_staff_of(the_library()):
        first, _last = last_month()
        due = ReportMail.objects.filter(Q(sent_for=None) | Q(sent_for__lt=first)).select_related("branch")
        way = transport("mail", channels_or_none()) if due else None
        if way is None:
            return 0
        with way:
            return sum(_send(each, way) for each in due)


def _send_now(mail: ReportMail, report: Report, scope: Scope) -> bool:
    way = transport("mail", channels_or_none())
    if way is None:
        return False
    with way:
        return isinstance(way.send(_letter(mail, report, scope, f"report.now.{uuid4()}")), SendSuccess)


def _send(mail: ReportMail, way: Transport) -> bool:
    report = find_report(mail.report)
    if report is None:
        return False
    first, last = last_month()
    with override(mail.language):
        key = f"report.{mail.pk}.{first:%Y-%m}"
        outcome = way.send(_letter(mail, report, Scope(first, last, mail.branch), key))
    if isinstance(outcome, SendSuccess):
        mail.fault, mail.sent_for = "", first
    else:
        mail.fault = outcome.code
    mail.save(update_fields=("fault", "sent_for"))
    return not mail.fault


def _letter(mail: ReportMail, report: Report, scope: Scope, key: str) -> Letter:
    table = report.compute(scope, mail.split or next(iter(report.splits), ""))
    period = _period_text(scope) if report.by_period else formatting.today().isoformat()
    subject = f"{report.words} · {period} · {mail.branch or the_library()}"
    text = "\n".join(
        [subject, "", *(" · ".join(map(str, cells)) for cells in (table.heading, *table.all_rows)), "", table.note]
    )
    link = public_url("staff:report", report.name) if report.of_patrons else ""
    if link:
        text = f"{text}\n\n{_('The list with patrons is on this page, after sign-in:')}\n{link}"
    html = render_to_string("staff/report_mail.html", {
        "subject": subject, "heading": table.heading, "rows": table.all_rows, "texts": table.texts, "note": table.note,
        "link": link, "language": mail.language,
    })  # fmt: skip
    words = RenderedMessage(mail.language, subject, subject, text, html, "", {})
    file = Attachment(f"{report.name}-{period}.csv", "text/csv", csv_file(table.heading, table.all_rows))
    return Letter(
        key, MessageKind.TEST, mail.address, words, "", (file,)
    )  # The kind matters to patrons' channels only.


def _period_text(scope: Scope) -> str:
    """Return the month as `2026-11`, or the first and last day of another period."""
    is_month = scope.first.day == 1 and (scope.last + timedelta(days=1)).day == 1
    if is_month and scope.first.month == scope.last.month and scope.first.year == scope.last.year:
        return f"{scope.first:%Y-%m}"
    return f"{scope.first.isoformat()}-{scope.last.isoformat()}"
