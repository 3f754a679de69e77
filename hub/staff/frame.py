"""Compose the frame of the staff pages: every page of the menu, who may open it, and what is asked first."""

from django.utils.translation import gettext_lazy

from hub.audit import access_log, access_reason
from hub.circulation.domain_mapping import NoLibrary, the_library
from hub.circulation.models import ExceptionCase, Fee, Library, PendingReturn
from hub.core.pages.formatting import library
from hub.core.pages.frame import MenuPage, NavigationEntry, StaffFrame
from hub.core.roles import Right
from hub.fleet.models import HelpCall
from hub.staff import patron_record
from hub.staff.ils_redirect import ils_redirect


def _library() -> Library | None:
    try:
        return the_library()
    except NoLibrary:
        return None


def _open_exceptions() -> int:
    return int(ExceptionCase.objects.filter(resolved_at=None).count())


def _open_calls() -> int:
    return int(HelpCall.objects.filter(seen_at=None).count())


def has_fees() -> bool:
    """Return whether the library charges fees, or has charged one before it stopped."""
    return library().charges or bool(Fee.objects.exists())


def _pending_returns() -> int:
    return int(PendingReturn.objects.filter(state=PendingReturn.State.WAITING).count())


PAGES: tuple[MenuPage, ...] = (
    MenuPage("today", gettext_lazy("Today"), "staff:today"),
    MenuPage("desk", gettext_lazy("Desk"), "staff:desk"),
    MenuPage("patrons", gettext_lazy("Patrons"), "staff:patrons"),
    MenuPage("items", gettext_lazy("Items"), "staff:items"),
    MenuPage("loans", gettext_lazy("Loans"), "staff:loans"),
    MenuPage("holds", gettext_lazy("Holds"), "staff:holds"),
    MenuPage("transits", gettext_lazy("Transfers"), "staff:transits"),
    MenuPage("fees", gettext_lazy("All fees"), "staff:fees", is_needed=has_fees),
    MenuPage("exceptions", gettext_lazy("Exceptions"), "staff:exceptions", _open_exceptions),
    MenuPage("pending_returns", gettext_lazy("To check"), "staff:pending_returns", _pending_returns),
    MenuPage("kiosks", gettext_lazy("Kiosks"), "staff:kiosks", _open_calls),
    MenuPage("titles", gettext_lazy("Catalogue"), "search:titles"),
    MenuPage("searches", gettext_lazy("My searches"), "opac:staff_searches"),
    MenuPage("records", gettext_lazy("Records"), "patrons:lists"),
    MenuPage("import_patrons", gettext_lazy("Import patrons"), "uploads:patrons"),
    MenuPage("messages", gettext_lazy("Messages"), "messaging:log"),
    MenuPage("new_titles", gettext_lazy("New titles"), "new_titles:overview"),
    MenuPage("campaigns", gettext_lazy("Campaigns"), "campaigns:campaigns"),
    MenuPage("journeys", gettext_lazy("Journeys"), "journeys:journeys"),
    MenuPage("events", gettext_lazy("Events"), "campaigns:list_events"),
    MenuPage("posters", gettext_lazy("Posters"), "campaigns:posters"),
    MenuPage("questions", gettext_lazy("Ask a librarian"), "feedback:questions"),
    MenuPage("feedback", gettext_lazy("Feedback"), "feedback:feedback"),
    MenuPage("suggestions", gettext_lazy("Suggestions"), "feedback:suggestions"),
    MenuPage("questionnaires", gettext_lazy("Questionnaires"), "feedback:questionnaires"),
    MenuPage("courses", gettext_lazy("Courses"), "feedback:courses"),
    MenuPage("resources", gettext_lazy("Online resources"), "feedback:resources"),
    MenuPage("portal", gettext_lazy("Patron portal"), "portal:posters"),
    MenuPage("habits", gettext_lazy("Return habits"), "reminders:habits"),
    MenuPage("rules", gettext_lazy("Loan rules"), "loan_rules:overview"),
    MenuPage("imports", gettext_lazy("Imports"), "ils:overview"),
    MenuPage("in_house", gettext_lazy("In-house use"), "loan_rules:in_house"),
    MenuPage("overdue", gettext_lazy("Overdue and lost"), "reminders:overdue"),
    MenuPage("figures", gettext_lazy("Statistics"), "statistics:figures"),
    MenuPage("reports", gettext_lazy("Reports"), "staff:reports"),
    MenuPage("goals", gettext_lazy("Goals"), "statistics:goals"),
    MenuPage("lapsed_key_patrons", gettext_lazy("Key patrons away"), "statistics:lapsed_key_patrons"),
    MenuPage("segments", gettext_lazy("Segments"), "reading_profiles:segments"),
    MenuPage("editions", gettext_lazy("E-editions"), "online_editions:editions"),
    MenuPage("shelves", gettext_lazy("Shelf maps"), "shelves:floors"),
    MenuPage("library", gettext_lazy("Library"), "library:settings"),
    MenuPage("audit", gettext_lazy("Access log"), "audit:overview", access_log.waiting_alarms),
    MenuPage("policy", gettext_lazy("Policy and my sign-in"), "audit:policy"),
)
"""Pages in the menu's order; a new page is entered here."""
PLACES: tuple[NavigationEntry, ...] = (
    NavigationEntry(gettext_lazy("Today"), "staff:today staff:exceptions staff:pending_returns staff:kiosks"),
    NavigationEntry(gettext_lazy("Desk"), "staff:desk"),
    NavigationEntry(
        gettext_lazy("Patrons"),
        "staff:patrons patrons:lists uploads:patrons feedback:questions feedback:feedback staff:fees "
        "statistics:lapsed_key_patrons reading_profiles:",
    ),
    NavigationEntry(
        gettext_lazy("Collection"),
        "staff:items search: opac: staff:loans staff:holds staff:transits reminders:overdue feedback:suggestions",
    ),
    NavigationEntry(gettext_lazy("Messages"), "messaging: new_titles: campaigns: journeys:"),
    NavigationEntry(
        gettext_lazy("Statistics"), "statistics:figures staff:reports statistics:goals feedback:questionnaires"
    ),
)
NEEDS: dict[Right, str] = {
    Right.WORK: """kiosks: search:titles search:title
        opac:staff_searches opac:staff_save opac:staff_end opac:staff_seen
        staff:today staff:reports staff:report statistics:figures statistics:goals
        audit:access_reason audit:policy audit:acknowledge
        audit:second_step audit:second_step_begin audit:second_step_code audit:second_step_end""",
    Right.SERVE: """staff:desk staff:entry staff:undo staff:branch staff:pad_items
        staff:pad_finding staff:tagging staff:tagging_find staff:tagging_record staff:receipt staff:patrons staff:patron
        staff:patron_loans staff:patron_holds staff:patron_fees staff:patron_messages
        staff:patron_notes staff:patron_history staff:charge staff:undo_charge staff:reverse_payment staff:payment
        staff:patron_of staff:pay staff:renew staff:items staff:item staff:receive staff:loans staff:take_back
        staff:borrower staff:holds staff:transits staff:unpacked staff:sent
        staff:trap staff:cancel staff:restore_hold staff:suspend_hold staff:suspend_until staff:resume_hold
        staff:choose_copy staff:choose_copy_before staff:pickup_day staff:pickup_day_before staff:fees
        staff:cash_report staff:count_till staff:pending_returns
        staff:seen staff:found staff:reopen
        staff:kiosks staff:kiosk loan_rules:overview loan_rules:in_house patrons:lose_cards feedback:enter
        shelves:floors shelves:floor staff:shelf_reading staff:stocktaking shelves:export
        uploads:upload uploads:sample uploads:file_import uploads:start uploads:discard uploads:undo
        uploads:rejected
        paper:labels paper:print_labels paper:slips paper:print_slips paper:print_pull_slips paper:slip_run""",
    Right.RECORD: """paper:card paper:print_card uploads:print_cards
        uploads:patrons statistics:lapsed_key_patrons staff:patron_status staff:card staff:correct staff:undo_correction
        staff:merge_choose staff:merge staff:merge_act staff:merge_of
        staff:patron_reading staff:renew_membership staff:undo_membership patrons:lists patrons:register
        patrons:record patrons:contact_add patrons:set_channels patrons:reset_channels patrons:habits patrons:facts
        patrons:guardian patrons:consent
        patrons:mark patrons:pin patrons:new_card patrons:write_note patrons:drop_note patrons:seen
        patrons:contact_confirm
        patrons:contact_remove patrons:contact_put_back patrons:contact_code patrons:contact_bind patrons:contact_test
        patrons:use patrons:fact_confirm
        messaging:log reading_profiles:say reading_profiles:frequency reading_profiles:interest reading_profiles:infer
        reading_profiles:keep new_titles:every
        opac:save_for opac:end_for opac:end_title""",
    Right.EXPORT: "patrons:export patrons:export_file patrons:erase",
    Right.DECIDE: """staff:report_mail staff:report_mail_stop staff:move_hold staff:move_hold_back
        staff:exceptions staff:exception staff:fix staff:lose staff:waive staff:revoke_waiver
        reminders:habits reminders:overdue paper:letters paper:print_letters paper:letter_run paper:undo_letters
        reminders:lose
        reminders:end reminders:again loan_rules:begin loan_rules:draft loan_rules:cell loan_rules:drop
        loan_rules:try loan_rules:discard
        segment_services:services segment_services:new_service segment_services:edit_service segment_services:drop
        segment_services:put_back
        ils:overview ils:settle""",
    Right.ANSWER: """feedback:questions feedback:question feedback:compose feedback:send feedback:recall
        feedback:answer feedback:hand_over feedback:close
        feedback:reopen
        feedback:feedback feedback:books feedback:opinion feedback:answer_opinion feedback:publish feedback:withdraw
        feedback:own feedback:set_aside
        feedback:reopen_comment feedback:suggestions feedback:suggestion feedback:decide feedback:merge feedback:topic
        feedback:session feedback:book feedback:cancel_session feedback:attended feedback:give_back""",
    Right.PUBLISH: """feedback:courses feedback:new_course feedback:course feedback:add_session feedback:resources
        feedback:new_resource feedback:put_back feedback:resource feedback:move_resource_up feedback:remove
        messaging:kinds messaging:kind
        messaging:change messaging:reset new_titles: campaigns: journeys: patron_segments:
        portal:posters reading_profiles:segments
        reading_profiles:keep_rule
        reading_profiles:keep_welcome reading_profiles:run_rule""",
    Right.CATALOGUE: "uploads:collection collection: online_editions: shelves:",
    Right.SURVEY: """feedback:questionnaires feedback:new_questionnaire feedback:questionnaire
        feedback:edit_questionnaire feedback:new_questionnaire_json feedback:edit_questionnaire_json
        feedback:questionnaire_json
        feedback:schedule feedback:close_questionnaire feedback:export""",
    Right.SETTLE: """statistics:set_goal statistics:drop statistics:put_back patrons:terms patrons:new_text
        messaging:channels messaging:test
        feedback:asks feedback:change_ask reminders:timing reminders:add_step reminders:drop_step
        reminders:restore_step reminders:loss_settings
        staff:kiosk_add staff:kiosk_code staff:kiosk_file staff:cancel_code staff:kiosk_act
        staff:kiosk_settings staff:kiosk_settings_act
        staff:kiosk_updates staff:kiosk_updates_upload staff:kiosk_updates_act staff:kiosk_channel
        loan_rules:publish loan_rules:withdraw ils:allow
        segment_services:publish segment_services:withdraw segment_services:restore
        library:""",
    Right.REMOTE: "staff:kiosk_task staff:kiosk_result staff:kiosk_screenshot",
    Right.AUDIT: """audit:overview audit:accesses audit:month audit:alarm_seen audit:settle audit:changes
        library:staff library:member library:member_act
        audit:new_policy audit:incidents audit:incident audit:incident_line audit:pack""",
}
"""URL names that need each right. A page that is not listed is open to administrators only."""
FRAME = StaffFrame(
    library=_library,
    pages=PAGES,
    places=PLACES,
    needs=NEEDS,
    guards=(access_reason.reason_redirect, ils_redirect),
    record_header=patron_record.header_by_ref,
)
