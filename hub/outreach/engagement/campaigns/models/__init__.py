"""Tables of posters, campaigns and campaign recipients."""

from hub.outreach.engagement.campaigns.models.campaigns import Campaign, CampaignRecipient
from hub.outreach.engagement.campaigns.models.posters import Poster

__all__ = ["Campaign", "CampaignRecipient", "Poster"]
