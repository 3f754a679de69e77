"""Map the URLs of reading counts, referrals and self-registration."""

from django.urls import URLPattern, path

from hub.outreach.engagement.loyalty.pages import join, my_loyalty

app_name = "loyalty"
urlpatterns: list[URLPattern] = [
    path("p/mine/", my_loyalty.mine, name="mine"),
    path("p/mine/<slug:what>/<slug:act>/", my_loyalty.change, name="mine_change"),
    path("p/join/", join.join, name="join"),
]
