"""Register the tables of the app's parts."""

from hub.outreach.recommendations.new_titles import models as new_titles
from hub.outreach.recommendations.reading_profiles import models as reading_profiles
from hub.outreach.recommendations.reminders import models as reminders

__all__ = ["new_titles", "reading_profiles", "reminders"]
