"""Finds the system that keeps the loans, and whether it takes holds from phones."""

from django.apps import apps

from kiosk.hub.outreach.central import Central, Holds


def the_central() -> Central:
    central: Central = apps.get_app_config("outreach").central
    return central


def the_holds() -> Holds | None:
    """The same system, where it takes holds from phones."""
    central = the_central()
    return central if isinstance(central, Holds) else None
