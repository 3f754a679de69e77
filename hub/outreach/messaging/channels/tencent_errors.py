"""Map the error codes of WeChat and WeCom to outcomes."""

from hub.outreach.messaging.channels.base import Failed, Outcome, PermanentRefusal, Sent
from hub.outreach.messaging.channels.token_api import EXPIRED, Reply

BUSY = frozenset({-1, 45009, 45011, 45047, 50002, 6000})
"""System busy, daily and minute limits."""
NOT_A_USER = frozenset({40003, 40031, 46004, 60111, 81013})
"""Wrong openid, user list, no such user; WeCom: no such user, none in scope. The address is unusable."""
NOT_ALLOWED = {43004: "not_following", 43019: "not_following", 43101: "no_subscription", 43107: "no_subscription",
    43116: "no_subscription", 45015: "window_over", 47003: "template_data"}  # fmt: skip
"""The patron does not allow this message: the channel is closed for it, not for all messages."""
OURS = frozenset({40013, 40001, 40125, 40164, 41002, 41004, 48001, 48004, 40037, 40036, 60020, 40056, 43108})
"""AppID, secret, IP allow list, permission, template id: the library's settings are wrong."""


def outcome(prefix: str, reply: Reply, number: str) -> Outcome:
    """Return the outcome for a reply with HTTP status 200."""
    words = f"{reply.code} {reply.words}".strip()
    if reply.code == 0:
        return Sent(number)
    if reply.code in NOT_ALLOWED:
        return PermanentRefusal(f"{prefix}_{NOT_ALLOWED[reply.code]}", words)
    if reply.code in NOT_A_USER:
        return PermanentRefusal(f"{prefix}_no_such_user", words, bounced=True)
    if reply.code in OURS or reply.code in EXPIRED:
        return Failed(f"{prefix}_settings", words, everybody=True)
    if reply.code in BUSY:
        return Failed(f"{prefix}_busy", words, everybody=True)
    return Failed(f"{prefix}_unknown", words)
