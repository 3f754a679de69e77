"""Where the pages of record and friends are found; never decides who may enter."""

from django.urls import URLPattern, path

from kiosk.hub.outreach.loyalty.pages import join, mine

app_name = "loyalty"
urlpatterns: list[URLPattern] = [
    path("p/mine/", mine.mine, name="mine"),
    path("p/mine/<slug:what>/<slug:act>/", mine.change, name="mine_change"),
    path("p/join/", join.join, name="join"),
]
