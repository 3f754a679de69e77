"""Where the staff pages of the patrons' records are found; never decides who may enter."""

from django.urls import URLPattern, path

from kiosk.hub.outreach.people.pages import contact_acts, leaving, lists, record, record_acts, register, terms, used

app_name = "people"
urlpatterns: list[URLPattern] = [
    path("staff/records/", lists.lists, name="lists"),
    path("staff/records/new/", register.register, name="register"),
    path("staff/records/rules/", terms.terms, name="terms"),
    path("staff/records/rules/<slug:purpose>/", terms.new_text, name="new_text"),
    path("staff/records/<int:pk>/", record.record, name="record"),
    path("staff/records/<int:pk>/contacts/", contact_acts.add, name="contact_add"),
    path("staff/records/<int:pk>/ways/", record_acts.ways, name="ways"),
    path("staff/records/<int:pk>/ways/forget/", record_acts.forget_ways, name="forget_ways"),
    path("staff/records/<int:pk>/habits/", record_acts.habits, name="habits"),
    path("staff/records/<int:pk>/facts/", record_acts.facts, name="facts"),
    path("staff/records/<int:pk>/guardian/", record_acts.guardian, name="guardian"),
    path("staff/records/<int:pk>/consents/<slug:purpose>/<slug:answer>/", record_acts.consent, name="consent"),
    path("staff/records/<int:pk>/uses/<slug:field>/<slug:answer>/", used.use, name="use"),
    path("staff/facts/<int:pk>/confirm/", used.confirm, name="fact_confirm"),
    path("staff/records/<int:pk>/key/", record_acts.mark, name="mark"),
    path("staff/records/<int:pk>/pin/", record_acts.pin, name="pin"),
    path("staff/records/<int:pk>/cards/lost/", record_acts.lose_cards, name="lose_cards"),
    path("staff/records/<int:pk>/cards/new/", record_acts.new_card, name="new_card"),
    path("staff/records/<int:pk>/notes/", record_acts.write_note, name="write_note"),
    path("staff/notes/<int:pk>/drop/", record_acts.drop_note, name="drop_note"),
    path("staff/records/<int:pk>/seen/", record_acts.seen, name="seen"),
    path("staff/records/<int:pk>/export/", leaving.export_page, name="export"),
    path("staff/records/<int:pk>/export.json", leaving.export_file, name="export_file"),
    path("staff/records/<int:pk>/erase/", leaving.erase_page, name="erase"),
    path("staff/contacts/<int:pk>/confirm/", contact_acts.confirm, name="contact_confirm"),
    path("staff/contacts/<int:pk>/remove/", contact_acts.remove, name="contact_remove"),
    path("staff/contacts/<int:pk>/put-back/", contact_acts.put_back, name="contact_put_back"),
    path("staff/contacts/<int:pk>/code/", contact_acts.send_code, name="contact_code"),
    path("staff/contacts/<int:pk>/bind/", contact_acts.bind, name="contact_bind"),
    path("staff/contacts/<int:pk>/test/", contact_acts.try_out, name="contact_test"),
]
