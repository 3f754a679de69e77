"""The rights that roles are made of, as Django's permissions; no table."""

from django.db import models

from hub.audit.rights import Right


class Rights(models.Model):
    """Only carries the permissions."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = tuple((each.value, each.value) for each in Right)

    def __str__(self) -> str:
        return "rights"
