"""Tables of the audit."""

from hub.audit.models.access_log import AccessLogEntry, Act, Alarm, ChainEnd, Reason
from hub.audit.models.drills import Drill
from hub.audit.models.incidents import Incident, IncidentLine
from hub.audit.models.policies import Acknowledgement, Policy
from hub.audit.models.rights import Rights
from hub.audit.models.security_settings import RecoveryCode, SecuritySettings
from hub.audit.models.totp_devices import TotpDevice

__all__ = [
    "AccessLogEntry",
    "Acknowledgement",
    "Act",
    "Alarm",
    "ChainEnd",
    "Drill",
    "Incident",
    "IncidentLine",
    "Policy",
    "Reason",
    "RecoveryCode",
    "Rights",
    "SecuritySettings",
    "TotpDevice",
]
