"""Finds the system that keeps the loans."""

from django.apps import apps

from kiosk.hub.outreach.central import Central


def the_central() -> Central:
    central: Central = apps.get_app_config("outreach").central
    return central
