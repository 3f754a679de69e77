"""The tables of being seen: posters, campaigns, and what became of a campaign while it is watched."""

from hub.outreach.campaigns.models.campaigns import Campaign, CampaignRecipient
from hub.outreach.campaigns.models.posters import Poster

__all__ = ["Campaign", "CampaignRecipient", "Poster"]
