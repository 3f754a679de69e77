"""Define what each role may do and which right each staff page needs.

A page that is not listed is open to administrators only.
"""

from enum import StrEnum


class Right(StrEnum):
    """An area of the library's work; each is a Django permission."""

    WORK = "work"
    """Use the Today page, the policy page and one's own second step."""
    SERVE = "serve"
    """Serve patrons at the desk and view their pages."""
    RECORD = "record"
    """Maintain patrons' records, cards and status."""
    EXPORT = "export"
    """Export all data kept of a patron, and erase them."""
    DECIDE = "decide"
    """Resolve exceptions, lost items and overdue cases."""
    ANSWER = "answer"
    """Answer patrons' questions, feedback and suggestions; run courses."""
    PUBLISH = "publish"
    """Write what the library sends and shows to many patrons."""
    SURVEY = "survey"
    """Create questionnaires and read their results."""
    SETTLE = "settle"
    """Change the library's rules, channels and kiosks."""
    AUDIT = "audit"
    """See the access log, alarms, incidents, policies and roles."""
    CATALOGUE = "catalogue"
    """Use the admin for titles and items."""


class Role(StrEnum):
    """Groups that the hub ships; each version sets them again. A library may add groups of its own."""

    CLERK = "clerk"
    LIBRARIAN = "librarian"
    MARKETING = "marketing"
    ADMINISTRATOR = "administrator"


_CLERK = frozenset({Right.WORK, Right.SERVE})
ROLES: dict[Role, frozenset[Right]] = {
    Role.CLERK: _CLERK,
    Role.LIBRARIAN: _CLERK
    | {Right.RECORD, Right.EXPORT, Right.DECIDE, Right.ANSWER, Right.SURVEY, Right.PUBLISH, Right.CATALOGUE},
    Role.MARKETING: frozenset({Right.WORK, Right.PUBLISH, Right.SURVEY}),
    Role.ADMINISTRATOR: frozenset(Right),
}
IN_ADMIN = ("catalogue.title", "catalogue.item", "catalogue.isbn")
"""Models that CATALOGUE may add and change in the admin."""

NEEDS: dict[Right, str] = {
    Right.WORK: """kiosks: search:titles search:title
        finding:staff_searches finding:staff_save finding:staff_end finding:staff_seen
        staff:today day:figures day:goals audit:why audit:policy audit:acknowledge
        audit:second_step audit:second_step_begin audit:second_step_code audit:second_step_end""",
    Right.SERVE: """staff:desk staff:entry staff:undo staff:branch staff:receipt staff:patrons staff:patron
        staff:patron_of staff:pay staff:renew staff:items staff:item staff:receive staff:loans staff:take_back
        staff:borrower staff:holds staff:transits staff:unpacked staff:sent
        staff:trap staff:cancel staff:place staff:fees staff:unseen staff:seen staff:found staff:reopen
        staff:kiosks staff:kiosk rules:overview rules:in_house people:lose_cards voice:enter
        shelves:floors shelves:floor shelves:walk shelves:export""",
    Right.RECORD: """day:absent staff:patron_status staff:card people:lists people:register people:record
        people:contact_add people:ways people:forget_ways people:habits people:facts people:guardian people:consent
        people:mark people:pin people:new_card people:write_note people:drop_note people:seen people:contact_confirm
        people:contact_remove people:contact_put_back people:contact_code people:contact_bind people:contact_test
        people:use people:fact_confirm
        delivery:log reading:say reading:often reading:interest reading:infer reading:keep news:every
        finding:save_for finding:end_for finding:end_title""",
    Right.EXPORT: "people:export people:export_file people:erase",
    Right.DECIDE: """staff:exceptions staff:exception staff:fix staff:lose habit:habits habit:overdue habit:lose
        habit:end habit:again rules:begin rules:draft rules:cell rules:drop rules:try rules:discard
        following:overview following:settle""",
    Right.ANSWER: """voice:questions voice:question voice:answer voice:hand_over voice:close voice:reopen
        voice:feedback voice:books voice:opinion voice:answer_opinion voice:publish voice:withdraw voice:own voice:aside
        voice:take_up voice:suggestions voice:suggestion voice:decide voice:merge voice:topic
        voice:session voice:book voice:cancel_session voice:attended voice:give_back""",
    Right.PUBLISH: """voice:courses voice:new_course voice:course voice:add_session voice:resources
        voice:new_resource voice:put_back voice:resource voice:up voice:remove delivery:kinds delivery:kind
        delivery:change delivery:reset news: campaigns: phone:posters reading:segments reading:keep_rule
        reading:keep_welcome reading:run_rule""",
    Right.CATALOGUE: "editions: shelves:",
    Right.SURVEY: """voice:questionnaires voice:new_questionnaire voice:questionnaire voice:edit_questionnaire
        voice:schedule voice:close_questionnaire voice:export""",
    Right.SETTLE: """day:set_goal day:drop day:put_back people:terms people:new_text delivery:channels delivery:test
        voice:asks voice:change_ask habit:timing habit:add_step habit:drop_step habit:restore_step habit:losing
        staff:kiosk_add staff:kiosk_code staff:kiosk_act rules:publish rules:withdraw following:allow""",
    Right.AUDIT: """audit:overview audit:looks audit:month audit:alarm_seen audit:settle audit:changes audit:staff
        audit:new_policy audit:incidents audit:incident audit:incident_line audit:pack""",
}
"""Names of the URLs that need each right; `news:` is every URL of an app."""


def needed(view: str) -> Right | None:
    """Return the right that a URL needs, or None if only administrators may open it."""
    part = f"{view.partition(':')[0]}:"
    found = {name: right for right, names in NEEDS.items() for name in names.split()}
    return found.get(view) or found.get(part)
