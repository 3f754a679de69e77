"""Where the patron's pages are found; never decides who may enter."""

from django.urls import URLPattern, path

from kiosk.hub.outreach.phone.pages import (
    address,
    asking,
    card,
    courses,
    digest,
    entering,
    for_you,
    front,
    loans,
    me,
    poster,
    saying,
    surveys,
)

app_name = "phone"
urlpatterns: list[URLPattern] = [
    path("p/", front.home, name="home"),
    path("p/receipt/", front.receipt, name="receipt"),
    path("p/receipt/<str:code>/", front.receipt, name="receipt_of"),
    path("p/in/", entering.sign_in, name="sign_in"),
    path("p/out/", entering.sign_out, name="sign_out"),
    path("p/loans/", loans.loans, name="loans"),
    path("p/loans/<str:token>/", loans.by_link, name="loans_by_link"),
    path("p/me/", me.me, name="me"),
    path("p/me/channel/", me.channel, name="channel"),
    path("p/me/address/", address.address, name="address"),
    path("p/me/address/code/", address.bind, name="bind"),
    path("p/me/test/", address.test, name="test"),
    path("p/me/quiet/", me.quiet, name="quiet"),
    path("p/me/consent/<slug:purpose>/<slug:answer>/", me.consent, name="consent"),
    path("p/me/messages/<slug:kind>/<slug:answer>/", me.stop, name="stop"),
    path("p/me/digest/", digest.digest, name="digest"),
    path("p/for-you/", for_you.for_you, name="for_you"),
    path("p/for-you/<str:token>/", for_you.by_link, name="for_you_by_link"),
    path("p/say/", saying.say, name="say"),
    path("p/suggest/", saying.suggest, name="suggest"),
    path("p/heard/", saying.heard, name="heard"),
    path("p/ask/", asking.ask, name="ask"),
    path("p/answers/<str:token>/", asking.by_link, name="answers_by_link"),
    path("p/questionnaires/", surveys.questionnaires, name="questionnaires"),
    path("p/questionnaires/<slug:code>/", surveys.questionnaire, name="questionnaire"),
    path("p/courses/", courses.courses, name="courses"),
    path("p/courses/<int:number>/book/", courses.book, name="book"),
    path("p/courses/<int:number>/give-back/", courses.give_back, name="give_back"),
    path("staff/phones/", poster.posters, name="posters"),
    path("p/card/lost/", card.lost_card, name="lost_card"),
]
