"""Where each part of the hub is found; never decides who may enter."""

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from kiosk.hub.api import new_api
from kiosk.hub.demo import outbox
from kiosk.hub.demo.api import new_api as new_demo_api

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("api/v1/", new_api().urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("kiosk.hub.outreach.people.urls")),
    path("", include("kiosk.hub.outreach.voice.urls")),
    path("", include("kiosk.hub.outreach.delivery.urls")),
    path("", include("kiosk.hub.outreach.habit.urls")),
    path("", include("kiosk.hub.outreach.day.urls")),
    path("", include("kiosk.hub.outreach.reading.urls")),
    path("", include("kiosk.hub.outreach.news.urls")),
    path("", include("kiosk.hub.outreach.campaigns.urls")),
    path("", include("kiosk.hub.outreach.loyalty.urls")),
    path("", include("kiosk.hub.outreach.finding.urls")),
    path("", include("kiosk.hub.catalogue.search.urls")),
    path("", include("kiosk.hub.catalogue.editions.urls")),
    path("", include("kiosk.hub.catalogue.shelves.urls")),
    path("", include("kiosk.hub.audit.urls")),
    path("", include("kiosk.hub.rules.urls")),
    path("", include("kiosk.hub.following.urls")),
    path("", include("kiosk.hub.outreach.phone.urls")),
    path("", include("kiosk.hub.staff.urls")),
]
if apps.is_installed("kiosk.hub.demo"):
    urlpatterns.append(path("api/demo/", new_demo_api().urls))
if settings.DEMO_OUTBOX:
    urlpatterns.append(path("demo/outbox/", outbox.page, name=outbox.PAGE))
