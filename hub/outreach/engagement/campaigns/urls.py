"""Route the URLs of posters, events and campaigns, for staff, and the feeds of events."""

from django.urls import URLPattern, path, re_path

from hub.outreach.engagement.campaigns import campaigns_page, events, posters

app_name = "campaigns"
urlpatterns: list[URLPattern] = [
    path("staff/events/", events.events, name="list_events"),
    path("staff/events/new/", events.event, name="new_event"),
    path("staff/events/<int:pk>/", events.event, name="edit_event"),
    path("staff/events/<int:pk>/poster/", events.poster, name="event_poster"),
    path("staff/posters/", posters.posters, name="posters"),
    path("staff/posters/new/", posters.poster, name="new_poster"),
    path("staff/posters/<int:pk>/", posters.poster, name="edit_poster"),
    path("staff/posters/<int:pk>/print/", posters.sheet, name="print_poster"),
    path("staff/posters/<int:pk>/take-down/", posters.take_down, name="take_down"),
    path("staff/campaigns/", campaigns_page.campaigns, name="campaigns"),
    path("staff/campaigns/new/", campaigns_page.edit, name="new_campaign"),
    path("staff/campaigns/<int:pk>/", campaigns_page.campaign, name="campaign"),
    path("staff/campaigns/<int:pk>/edit/", campaigns_page.edit, name="edit_campaign"),
    path("staff/campaigns/<int:pk>/send/", campaigns_page.send, name="send"),
    path("staff/campaigns/<int:pk>/schedule/", campaigns_page.schedule, name="schedule"),
    path("staff/campaigns/<int:pk>/call-off/", campaigns_page.call_off, name="call_off"),
    re_path(r"^p/events/(?P<language>[a-z]{2,3})\.rss$", events.rss, name="rss"),
    re_path(r"^p/events/(?P<language>[a-z]{2,3})\.json$", events.json, name="json"),
]
