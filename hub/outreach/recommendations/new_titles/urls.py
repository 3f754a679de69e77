"""Map the URLs of new titles for staff and the public."""

from django.urls import URLPattern, path, re_path

from hub.outreach.recommendations.new_titles import listing, pages

app_name = "new_titles"
urlpatterns: list[URLPattern] = [
    path("staff/new/", pages.overview, name="overview"),
    path("staff/new/send/", pages.send, name="send"),
    path("staff/new/terms/", pages.terms, name="terms"),
    path("staff/new/<int:pk>/line/", pages.line, name="line"),
    path("staff/new/<int:pk>/leave-out/", pages.leave_out, name="leave_out"),
    path("staff/new/<int:pk>/put-back/", pages.put_back, name="put_back"),
    path("staff/new/readers/<int:pk>/", pages.every, name="every"),
    re_path(r"^p/new/(?P<language>zh|en)\.rss$", listing.rss, name="rss"),
    re_path(r"^p/new/(?P<language>zh|en)\.json$", listing.json, name="json"),
]
