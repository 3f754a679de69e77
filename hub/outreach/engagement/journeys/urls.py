"""Route the URLs of journeys."""

from django.urls import URLPattern, path

from hub.outreach.engagement.journeys import pages

app_name = "journeys"
urlpatterns: list[URLPattern] = [
    path("staff/journeys/", pages.journeys, name="journeys"),
    path("staff/journeys/new/<slug:occasion>/", pages.make, name="new_journey"),
    path("staff/journeys/put-back/", pages.put_back, name="put_back"),
    path("staff/journeys/<int:pk>/", pages.journey, name="journey"),
    path("staff/journeys/<int:pk>/edit/", pages.edit, name="edit_journey"),
    path("staff/journeys/<int:pk>/try/", pages.try_again, name="try_journey"),
    path("staff/journeys/<int:pk>/start/", pages.start, name="start"),
    path("staff/journeys/<int:pk>/pause/", pages.pause, name="pause"),
    path("staff/journeys/<int:pk>/end/", pages.end, name="end"),
    path("staff/journeys/<int:pk>/revert/", pages.revert, name="revert"),
    path("staff/journeys/<int:pk>/drop/", pages.drop, name="drop_journey"),
]
