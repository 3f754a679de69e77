"""Define the hasher for PINs at rest."""

from django.contrib.auth.hashers import ScryptPasswordHasher


class PinHasher(ScryptPasswordHasher):
    """scrypt at a quarter of Django's cost: a stolen table yields ten thousand possible PINs at any cost.

    A PIN is protected by the rate limit on attempts at kiosks (`hub.circulation.pins`).
    """

    algorithm = "scrypt_pin"
    work_factor = 2**12
