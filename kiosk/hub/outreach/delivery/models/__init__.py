"""The delivery's tables, by matter."""

from kiosk.hub.outreach.delivery.models.hers import Binding, Pace, Rating
from kiosk.hub.outreach.delivery.models.messages import Consented, Delivery, Message, Pause, Stopped, Wording

__all__ = ["Binding", "Consented", "Delivery", "Message", "Pace", "Pause", "Rating", "Stopped", "Wording"]
