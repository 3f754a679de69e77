"""Where the delivery's pages are found; never decides who may enter."""

from django.urls import URLPattern, path

from kiosk.hub.outreach.delivery import views

app_name = "delivery"
urlpatterns: list[URLPattern] = [
    path("p/stop/<str:token>/", views.stop, name="stop"),
]
