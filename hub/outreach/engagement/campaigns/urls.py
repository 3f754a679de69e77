"""Route the URLs of posters, events and campaigns, for staff, and the feeds of events."""

from django.urls import URLPattern, path, re_path

from hub.outreach.engagement.campaigns import events_feed
from hub.outreach.engagement.campaigns.pages import campaigns, events, posters

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
    path("staff/campaigns/", campaigns.campaigns, name="campaigns"),
    path("staff/campaigns/new/", campaigns.edit, name="new_campaign"),
    path("staff/campaigns/<int:pk>/", campaigns.campaign, name="campaign"),
    path("staff/campaigns/<int:pk>/edit/", campaigns.edit, name="edit_campaign"),
    path("staff/campaigns/<int:pk>/send/", campaigns.send, name="send"),
    path("staff/campaigns/<int:pk>/schedule/", campaigns.schedule, name="schedule"),
    path("staff/campaigns/<int:pk>/call-off/", campaigns.call_off, name="call_off"),
    re_path(r"^p/events/(?P<language>zh|en)\.rss$", events_feed.rss, name="rss"),
    re_path(r"^p/events/(?P<language>zh|en)\.json$", events_feed.json, name="json"),
]
