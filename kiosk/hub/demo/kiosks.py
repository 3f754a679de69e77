"""Gives out enrolment codes to whoever asks, so that each demo kiosk enrols for real; only in the demo mode."""

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel

from kiosk.hub.catalogue.models import Branch
from kiosk.hub.clock import hub_clock
from kiosk.hub.fleet import enrolment

router = Router()


class Named(BaseModel):
    name: str
    branch: str = "main"


class Given(BaseModel):
    code: str


@router.post("/kiosks", response=Given)
def give_code(request: HttpRequest, kiosk: Named) -> Given:
    """Adds the kiosk where it is new, and gives it a code."""
    added = enrolment.add(kiosk.name, Branch.objects.get(code=kiosk.branch))
    code, _until = enrolment.new_code(added, hub_clock().now())
    return Given(code=code)
