"""Define the rights that make up the roles, as Django permissions."""

from django.db import models

from hub.core.roles import Right


class Rights(models.Model):
    """Unmanaged model that carries the permissions."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = tuple((each.value, each.value) for each in Right)

    def __str__(self) -> str:
        return "rights"
