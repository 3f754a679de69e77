"""Route the URLs of the segments by rules."""

from django.urls import URLPattern, path

from hub.outreach.engagement.segments import pages

app_name = "patron_segments"
urlpatterns: list[URLPattern] = [
    path("staff/segment-rules/", pages.segments, name="segments"),
    path("staff/segment-rules/new/", pages.edit, name="new_segment"),
    path("staff/segment-rules/put-back/", pages.put_back, name="put_back"),
    path("staff/segment-rules/<int:pk>/", pages.edit, name="edit_segment"),
    path("staff/segment-rules/<int:pk>/drop/", pages.drop, name="drop_segment"),
]
