"""Map the URLs of new titles for staff and the public."""

from django.urls import URLPattern, path, re_path

from hub.outreach.recommendations.new_titles import digest, listing

app_name = "new_titles"
urlpatterns: list[URLPattern] = [
    path("staff/new/", digest.overview, name="overview"),
    path("staff/new/send/", digest.send_now, name="send"),
    path("staff/new/terms/", digest.terms, name="terms"),
    path("staff/new/<int:pk>/line/", digest.line, name="line"),
    path("staff/new/<int:pk>/leave-out/", digest.leave_out, name="leave_out"),
    path("staff/new/<int:pk>/put-back/", digest.put_back, name="put_back"),
    path("staff/new/readers/<int:pk>/", digest.every, name="every"),
    re_path(r"^p/new/(?P<language>[a-z]{2,3})\.rss$", listing.rss, name="rss"),
    re_path(r"^p/new/(?P<language>[a-z]{2,3})\.json$", listing.json, name="json"),
]
