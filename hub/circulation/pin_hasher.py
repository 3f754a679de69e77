"""How PINs are hashed at rest; knows no patron."""

from django.contrib.auth.hashers import ScryptPasswordHasher


class PinHasher(ScryptPasswordHasher):
    """scrypt at a quarter of the cost of a password's: whoever holds the table tries ten thousand PINs anyway.

    What protects a PIN is that guessing at a kiosk is slowed down (hub.circulation.pins).
    """

    algorithm = "scrypt_pin"
    work_factor = 2**12
