"""The audit's tables; they know no view."""

from kiosk.hub.audit.models.drills import Drill
from kiosk.hub.audit.models.incidents import Incident, IncidentLine
from kiosk.hub.audit.models.looks import Act, Alarm, ChainEnd, Look, Reason
from kiosk.hub.audit.models.policies import Acknowledgement, Policy
from kiosk.hub.audit.models.rights import Rights
from kiosk.hub.audit.models.settled import RecoveryCode, Settled
from kiosk.hub.audit.models.telephones import Telephone

__all__ = [
    "Acknowledgement",
    "Act",
    "Alarm",
    "ChainEnd",
    "Drill",
    "Incident",
    "IncidentLine",
    "Look",
    "Policy",
    "Reason",
    "RecoveryCode",
    "Rights",
    "Settled",
    "Telephone",
]
