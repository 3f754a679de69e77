"""Finds the system that keeps the loans, and whether it takes holds from phones."""

from django.apps import apps

from hub.outreach.central import Central, HoldsApi


def the_central() -> Central:
    central: Central = apps.get_app_config("outreach").central
    return central


def the_holds() -> HoldsApi | None:
    """The same system, where it takes holds from phones."""
    central = the_central()
    return central if isinstance(central, HoldsApi) else None
