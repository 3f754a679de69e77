"""Map the URLs of the staff pages of patron records."""

from django.urls import URLPattern, path

from hub.outreach.patrons.pages import (
    export_and_erase,
    lists,
    record,
    record_actions,
    register,
    terms,
)

app_name = "patrons"
urlpatterns: list[URLPattern] = [
    path("staff/records/", lists.lists, name="lists"),
    path("staff/records/new/", register.register, name="register"),
    path("staff/records/rules/", terms.terms, name="terms"),
    path("staff/records/rules/<slug:purpose>/", terms.new_text, name="new_text"),
    path("staff/records/<int:pk>/", record.record, name="record"),
    path("staff/records/<int:pk>/contacts/", record_actions.add_contact, name="contact_add"),
    path("staff/records/<int:pk>/ways/", record_actions.set_channels, name="set_channels"),
    path("staff/records/<int:pk>/ways/forget/", record_actions.reset_channels, name="reset_channels"),
    path("staff/records/<int:pk>/habits/", record_actions.habits, name="habits"),
    path("staff/records/<int:pk>/facts/", record_actions.facts, name="facts"),
    path("staff/records/<int:pk>/guardian/", record_actions.guardian, name="guardian"),
    path("staff/records/<int:pk>/consents/<slug:purpose>/<slug:answer>/", record_actions.consent, name="consent"),
    path("staff/records/<int:pk>/uses/<slug:field>/<slug:answer>/", record_actions.use_field, name="use"),
    path("staff/facts/<int:pk>/confirm/", record_actions.confirm_field, name="fact_confirm"),
    path("staff/records/<int:pk>/key/", record_actions.mark, name="mark"),
    path("staff/records/<int:pk>/pin/", record_actions.pin, name="pin"),
    path("staff/records/<int:pk>/cards/lost/", record_actions.lose_cards, name="lose_cards"),
    path("staff/records/<int:pk>/cards/new/", record_actions.new_card, name="new_card"),
    path("staff/records/<int:pk>/notes/", record_actions.write_note, name="write_note"),
    path("staff/notes/<int:pk>/drop/", record_actions.drop_note, name="drop_note"),
    path("staff/records/<int:pk>/seen/", record_actions.confirm_identity, name="seen"),
    path("staff/records/<int:pk>/export/", export_and_erase.export_page, name="export"),
    path("staff/records/<int:pk>/export.json", export_and_erase.export_file, name="export_file"),
    path("staff/records/<int:pk>/erase/", export_and_erase.erase_page, name="erase"),
    path("staff/contacts/<int:pk>/confirm/", record_actions.confirm_contact, name="contact_confirm"),
    path("staff/contacts/<int:pk>/remove/", record_actions.remove_contact, name="contact_remove"),
    path("staff/contacts/<int:pk>/put-back/", record_actions.put_back_contact, name="contact_put_back"),
    path("staff/contacts/<int:pk>/code/", record_actions.send_code, name="contact_code"),
    path("staff/contacts/<int:pk>/bind/", record_actions.bind_contact, name="contact_bind"),
    path("staff/contacts/<int:pk>/test/", record_actions.send_test_message, name="contact_test"),
]
