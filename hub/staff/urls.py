"""Route the URLs of the staff pages."""

from collections.abc import Callable

from django.contrib.auth.views import LogoutView
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.views.generic import RedirectView

from hub.staff import (
    cash_report,
    desk,
    exceptions,
    holds,
    items,
    kiosk_file,
    kiosk_settings,
    kiosk_updates,
    kiosks,
    lists,
    patron_record,
    patrons,
    pending_returns,
    receipts,
    remote_tasks,
    report_mail,
    reports,
    shelf_reading,
    today,
    transits,
)
from hub.staff.merging import pages as merging
from hub.staff.sign_in import SignIn, SlowForm


def sign_in() -> Callable[..., HttpResponseBase]:
    """Return the sign-in view; a user who is already signed in goes to the Today page."""
    return SignIn.as_view(
        template_name="staff/sign_in.html",
        authentication_form=SlowForm,
        next_page="staff:today",
        redirect_authenticated_user=True,
    )


app_name = "staff"
urlpatterns: list[URLPattern] = [
    path("", RedirectView.as_view(pattern_name="staff:today")),
    path("staff/", today.today, name="today"),
    path("staff/sign-in/", sign_in(), name="sign_in"),
    path("staff/sign-out/", LogoutView.as_view(next_page="staff:sign_in"), name="sign_out"),
    path("staff/desk/", desk.desk, name="desk"),
    path("staff/desk/entry/", desk.entry, name="entry"),
    path("staff/desk/undo/", desk.undo, name="undo"),
    path("staff/desk/branch/", desk.choose_branch, name="branch"),
    path("staff/receipts/<slug:code>/", receipts.receipt, name="receipt"),
    path("staff/patrons/", patrons.patrons, name="patrons"),
    path("staff/patrons/<int:pk>/", patron_record.overview, name="patron"),
    path("staff/patrons/<int:pk>/loans/", patron_record.loans, name="patron_loans"),
    path("staff/patrons/<int:pk>/holds/", patron_record.holds, name="patron_holds"),
    path("staff/patrons/<int:pk>/fees/", patron_record.patron_fees, name="patron_fees"),
    path("staff/patrons/<int:pk>/history/", patron_record.history, name="patron_history"),
    *(
        path(f"staff/patrons/<int:pk>/{tab}/", patron_record.panels_tab, {"tab": tab}, name=f"patron_{tab}")
        for tab in ("messages", "reading", "notes")
    ),
    path("staff/patrons/of/<slug:ref>/", patron_record.patron_of, name="patron_of"),
    path("staff/patrons/<int:pk>/correct/", patron_record.correct, name="correct"),
    path("staff/patrons/<int:pk>/correct/undo/", patron_record.undo_correction, name="undo_correction"),
    path("staff/patrons/<int:pk>/membership/", patron_record.renew_membership, name="renew_membership"),
    path(
        "staff/patrons/<int:pk>/membership/<slug:before>/<int:fee>/",
        patron_record.undo_membership,
        name="undo_membership",
    ),
    path("staff/patrons/<int:pk>/charge/", patron_record.charge, name="charge"),
    path("staff/patrons/<int:pk>/pay/", patron_record.pay, name="pay"),
    path("staff/patrons/<int:pk>/renew/", patron_record.renew, name="renew"),
    path("staff/patrons/<int:pk>/merge/", merging.choose, name="merge_choose"),
    path("staff/patrons/<int:pk>/merge/<int:other>/", merging.compare, name="merge"),
    path("staff/patrons/<int:pk>/merge/<int:other>/done/", merging.act, name="merge_act"),
    path("staff/patrons/of/<slug:ref>/merge/<slug:other>/", merging.compare_by_ref, name="merge_of"),
    path("staff/patrons/<int:pk>/<slug:status>/", patron_record.status, name="patron_status"),
    path("staff/cards/<int:pk>/<slug:status>/", patron_record.card, name="card"),
    path("staff/reports/", reports.reports, name="reports"),
    path("staff/reports/<slug:name>/", reports.report, name="report"),
    path("staff/reports/<slug:name>/mail/", report_mail.order, name="report_mail"),
    path("staff/reports/mail/<int:pk>/stop/", report_mail.stop, name="report_mail_stop"),
    path("staff/fees/cash/", cash_report.cash_report, name="cash_report"),
    path("staff/fees/cash/count/", cash_report.count, name="count_till"),
    path("staff/fees/<int:pk>/undo/", patron_record.undo_charge, name="undo_charge"),
    path("staff/fees/<int:pk>/waive/", patron_record.waive, name="waive"),
    path("staff/waivers/<int:pk>/revoke/", patron_record.revoke_waiver, name="revoke_waiver"),
    path("staff/payments/<int:pk>/", patron_record.payment_receipt, name="payment"),
    path("staff/payments/<int:pk>/reverse/", patron_record.reverse_payment, name="reverse_payment"),
    path("staff/items/", items.items, name="items"),
    path("staff/items/<int:pk>/", items.item, name="item"),
    path("staff/items/<int:pk>/lose/", items.lose, name="lose"),
    path("staff/items/<int:pk>/receive/", items.receive, name="receive"),
    path("staff/loans/", lists.loans, name="loans"),
    path("staff/loans/<int:pk>/borrower/", lists.borrower, name="borrower"),
    path("staff/loans/undo/<uuid:act>/", lists.take_back, name="take_back"),
    path("staff/transits/", transits.transits, name="transits"),
    path("staff/transits/here/", transits.mark_arrived, name="unpacked"),
    path("staff/transits/<int:pk>/sent/", transits.mark_sent, name="sent"),
    path("staff/holds/", holds.holds, name="holds"),
    path("staff/holds/trap/", holds.trap, name="trap"),
    path("staff/holds/<int:pk>/suspend/", holds.suspend, name="suspend_hold"),
    path("staff/holds/<int:pk>/suspend/<slug:until>/", holds.suspend, name="suspend_until"),
    path("staff/holds/<int:pk>/resume/", holds.resume, name="resume_hold"),
    path("staff/holds/<int:pk>/copy/", holds.choose_copy, name="choose_copy"),
    path("staff/holds/<int:pk>/copy/<path:barcode>/", holds.choose_copy, name="choose_copy_before"),
    path("staff/holds/<int:pk>/pickup-day/", holds.change_pickup_day, name="pickup_day"),
    path("staff/holds/<int:pk>/pickup-day/<slug:until>/", holds.change_pickup_day, name="pickup_day_before"),
    path("staff/holds/<int:pk>/move/", holds.move, name="move_hold"),
    path("staff/holds/<int:pk>/move/<int:place>/", holds.move, name="move_hold_back"),
    path("staff/holds/<int:pk>/cancel/", holds.cancel, name="cancel"),
    path("staff/holds/<int:pk>/restore/", holds.restore, name="restore_hold"),
    path("staff/fees/", lists.fees, name="fees"),
    path("staff/exceptions/", exceptions.exceptions, name="exceptions"),
    path("staff/exceptions/<int:pk>/", exceptions.exception, name="exception"),
    path("staff/exceptions/<int:pk>/fix/", exceptions.fix, name="fix"),
    path("staff/kiosks/", kiosks.kiosks, name="kiosks"),
    path("staff/kiosks/add/", kiosks.add, name="kiosk_add"),
    path("staff/kiosks/settings/<slug:scope>/", kiosk_settings.show, name="kiosk_settings"),
    path("staff/kiosks/settings/<slug:scope>/<slug:what>/", kiosk_settings.act, name="kiosk_settings_act"),
    path("staff/kiosks/updates/", kiosk_updates.updates, name="kiosk_updates"),
    path("staff/kiosks/updates/upload/", kiosk_updates.upload, name="kiosk_updates_upload"),
    path("staff/kiosks/updates/<slug:what>/", kiosk_updates.act, name="kiosk_updates_act"),
    path("staff/kiosks/<int:pk>/channel/", kiosk_updates.channel, name="kiosk_channel"),
    path("staff/kiosks/<int:pk>/", kiosks.kiosk, name="kiosk"),
    path("staff/kiosks/<int:pk>/kiosk.toml/", kiosk_file.kiosk_file, name="kiosk_file"),
    path("staff/kiosks/<int:pk>/cancel-code/", kiosk_file.cancel_code, name="cancel_code"),
    path("staff/kiosks/<int:pk>/tasks/<slug:kind>/", remote_tasks.ask, name="kiosk_task"),
    path("staff/kiosks/<int:pk>/tasks/<uuid:task>/result/", remote_tasks.result, name="kiosk_result"),
    path("staff/kiosks/<int:pk>/tasks/<uuid:task>/screenshot.png", remote_tasks.screenshot, name="kiosk_screenshot"),
    path("staff/kiosks/<int:pk>/code/", kiosks.code, name="kiosk_code"),
    path("staff/kiosks/<int:pk>/<slug:what>/", kiosks.act, name="kiosk_act"),
    path("staff/handed-in/", pending_returns.overview, name="pending_returns"),
    path("staff/handed-in/seen/", pending_returns.confirm_scanned, name="seen"),
    path("staff/handed-in/<int:pk>/found/", pending_returns.confirm_found, name="found"),
    path("staff/handed-in/<int:pk>/reopen/", pending_returns.reopen, name="reopen"),
    path("staff/shelves/bays/<int:pk>/", shelf_reading.walk, name="shelf_reading"),
]
