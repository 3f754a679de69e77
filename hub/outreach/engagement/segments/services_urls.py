"""Route the URLs of the services for segments."""

from django.urls import URLPattern, path

from hub.outreach.engagement.segments import services_pages as pages

app_name = "segment_services"
urlpatterns: list[URLPattern] = [
    path("staff/segment-services/", pages.services, name="services"),
    path("staff/segment-services/new/", pages.edit, name="new_service"),
    path("staff/segment-services/put-back/", pages.put_back, name="put_back"),
    path("staff/segment-services/<int:pk>/", pages.edit, name="edit_service"),
    path("staff/segment-services/<int:pk>/publish/", pages.publish, name="publish"),
    path("staff/segment-services/<int:pk>/withdraw/", pages.withdraw, name="withdraw"),
    path("staff/segment-services/<int:pk>/restore/", pages.restore, name="restore"),
    path("staff/segment-services/<int:pk>/drop/", pages.drop, name="drop"),
]
