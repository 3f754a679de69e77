"""Map URLs to the parts of the hub."""

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from hub.api import new_api
from hub.demo import outbox
from hub.demo.api import new_api as new_demo_api

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("api/v1/", new_api().urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("hub.outreach.patrons.urls")),
    path("", include("hub.outreach.engagement.feedback.urls")),
    path("", include("hub.outreach.messaging.urls")),
    path("", include("hub.outreach.recommendations.reminders.urls")),
    path("", include("hub.outreach.statistics.urls")),
    path("", include("hub.outreach.recommendations.reading_profiles.urls")),
    path("", include("hub.outreach.recommendations.new_titles.urls")),
    path("", include("hub.outreach.engagement.campaigns.urls")),
    path("", include("hub.outreach.engagement.journeys.urls")),
    path("", include("hub.outreach.engagement.segments.urls")),
    path("", include("hub.outreach.engagement.segments.services_urls")),
    path("", include("hub.outreach.portal.opac.urls")),
    path("", include("hub.staff.title_urls")),
    path("", include("hub.catalogue.covers.urls")),
    path("", include("hub.catalogue.online_editions.urls")),
    path("", include("hub.catalogue.shelves.urls")),
    path("", include("hub.audit.urls")),
    path("", include("hub.circulation.loan_rules.urls")),
    path("", include("hub.ils.imports.urls")),
    path("", include("hub.outreach.portal.urls")),
    path("", include("hub.staff.library.urls")),
    path("", include("hub.staff.uploads.urls")),
    path("", include("hub.staff.paper.urls")),
    path("", include("hub.staff.collection.urls")),
    path("", include("hub.staff.urls")),
]
if apps.is_installed("hub.demo"):
    urlpatterns.append(path("api/demo/", new_demo_api().urls))
if settings.DEMO_OUTBOX:
    urlpatterns.append(path("demo/outbox/", outbox.page, name=outbox.PAGE))
