"""Tables of the delivery, by subject."""

from hub.outreach.messaging.models.messages import (
    Delivery,
    Message,
    OneTimeSubscription,
    Pause,
    Unsubscription,
    Wording,
)
from hub.outreach.messaging.models.preferences import AccountLinkCode, FrequencyPreference, Rating

__all__ = [
    "AccountLinkCode",
    "Delivery",
    "FrequencyPreference",
    "Message",
    "OneTimeSubscription",
    "Pause",
    "Rating",
    "Unsubscription",
    "Wording",
]
