"""Register the tables of the app's parts."""

from hub.outreach.engagement.campaigns import models as campaigns
from hub.outreach.engagement.feedback import models as feedback
from hub.outreach.engagement.journeys import models as journeys
from hub.outreach.engagement.loyalty import models as loyalty
from hub.outreach.engagement.segments import models as segments

__all__ = ["campaigns", "feedback", "journeys", "loyalty", "segments"]
