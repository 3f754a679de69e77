"""Store the phone that gives a member of staff's second-step codes (TOTP), with its key encrypted.

It replaces django-otp's own device, which stores the key unencrypted. The hub's key, outside the database, opens it.

Source: RFC 6238.
"""

import time
from secrets import token_hex

from django.db import models
from django_otp.models import Device, ThrottlingMixin
from django_otp.oath import TOTP

from hub.core.encrypted_fields import Box, EncryptedTextField, sealed

BYTES = 20
TOLERANCE = 1
"""Time steps of 30 seconds by which the phone's clock may be off, either way."""


def new_key() -> Box:
    """Return a new key, encrypted as stored in the database."""
    return sealed(token_hex(BYTES))


class TotpDevice(ThrottlingMixin, Device):
    """A six-digit TOTP generator with time steps of 30 seconds (RFC 6238).

    `last_t` is the time step of the last accepted code.
    """

    key = EncryptedTextField(default=new_key)
    drift = models.SmallIntegerField(default=0)
    last_t = models.BigIntegerField(default=-1)

    class Meta:
        default_permissions = ()

    @property
    def bin_key(self) -> bytes:
        """The decrypted key."""
        return bytes.fromhex(self.key.opened())

    def verify_token(self, token: str) -> bool:
        """Return whether the code is valid now.

        A code is accepted once; each wrong one increases the delay before the next.
        """
        if not self.verify_is_allowed()[0]:
            return False
        totp = TOTP(self.bin_key, drift=self.drift)
        totp.time = time.time()  # real time even under the demo's clock, because the phone uses it
        if not (token.isdecimal() and totp.verify(int(token), TOLERANCE, self.last_t + 1)):
            self.throttle_increment(commit=True)
            return False
        self.last_t, self.drift = totp.t(), totp.drift
        self.throttle_reset(commit=False)
        self.save()
        return True

    def get_throttle_factor(self) -> int:
        """Seconds of delay after the first wrong code; each further one doubles it."""
        return 1
