"""Return the adapter to the system that keeps the loans, and whether it accepts holds from the portal."""

from django.conf import settings
from django.utils.module_loading import import_string

from hub.outreach.library_system.central import Central, HoldsApi, PatronPagesApi


def the_central() -> Central:
    """Return the adapter that the setting `LIBRARY_SYSTEM` names."""
    return import_string(settings.LIBRARY_SYSTEM)()


def the_holds() -> HoldsApi | None:
    """Return the same adapter if it accepts holds from the portal, else None."""
    central = the_central()
    return central if isinstance(central, HoldsApi) else None


def the_patron_pages() -> PatronPagesApi | None:
    """Return the same adapter if it knows single fees and opening hours, else None."""
    central = the_central()
    return central if isinstance(central, PatronPagesApi) else None
