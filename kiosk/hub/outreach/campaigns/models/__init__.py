"""The tables of being seen: posters, campaigns, and what became of a campaign while it is watched."""

from kiosk.hub.outreach.campaigns.models.campaigns import Campaign, Target
from kiosk.hub.outreach.campaigns.models.posters import Poster

__all__ = ["Campaign", "Poster", "Target"]
