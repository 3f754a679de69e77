"""The telephone whose codes are a member of staff's second step; its key lies sealed, the hub's key beside it opens it.

It stands in the place of django-otp's own device, which keeps the key in clear.
"""

import time
from secrets import token_hex

from django.db import models
from django_otp.models import Device, ThrottlingMixin
from django_otp.oath import TOTP

from hub.core.encrypted_fields import Box, EncryptedTextField, sealed

BYTES = 20
TOLERANCE = 1
"""Half minutes by which the telephone's clock may be off, either way."""


def new_key() -> Box:
    """A key as it lies in the database."""
    return sealed(token_hex(BYTES))


class TotpDevice(ThrottlingMixin, Device):
    """Codes of six digits, a new one each half minute (RFC 6238). `last_t` is the half minute of the last good one."""

    key = EncryptedTextField(default=new_key)
    drift = models.SmallIntegerField(default=0)
    last_t = models.BigIntegerField(default=-1)

    class Meta:
        default_permissions = ()

    @property
    def bin_key(self) -> bytes:
        return bytes.fromhex(self.key.opened())

    def verify_token(self, token: str) -> bool:
        """Whether the code is good now; one is good once, and each wrong one makes the next wait longer."""
        if not self.verify_is_allowed()[0]:
            return False
        totp = TOTP(self.bin_key, drift=self.drift)
        totp.time = time.time()  # a telephone goes by the world's time, whatever the demo's clock says
        if not (token.isdecimal() and totp.verify(int(token), TOLERANCE, self.last_t + 1)):
            self.throttle_increment(commit=True)
            return False
        self.last_t, self.drift = totp.t(), totp.drift
        self.throttle_reset(commit=False)
        self.save()
        return True

    def get_throttle_factor(self) -> int:
        """Seconds after the first wrong code; each further one doubles them."""
        return 1
