"""Register the tables of the app's parts."""

from hub.outreach.engagement.campaigns import models as campaigns
from hub.outreach.engagement.feedback import models as feedback
from hub.outreach.engagement.loyalty import models as loyalty

__all__ = ["campaigns", "feedback", "loyalty"]
