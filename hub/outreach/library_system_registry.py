"""Return the adapter to the system that keeps the loans, and whether it accepts holds from the portal."""

from django.apps import apps

from hub.outreach.central import Central, HoldsApi


def the_central() -> Central:
    """Return the adapter to the system that keeps the loans."""
    central: Central = apps.get_app_config("outreach").central
    return central


def the_holds() -> HoldsApi | None:
    """Return the same adapter if it accepts holds from the portal, else None."""
    central = the_central()
    return central if isinstance(central, HoldsApi) else None
