"""Share helpers of the tests of posters, events and campaigns: their author, and a picture."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from hub.core.clock import hub_clock
from hub.outreach.engagement.feedback.models import Course, Session
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World


class Marketing(Grace):
    """Staff client in the role that makes posters and campaigns."""

    def __init__(self, language: str = "en", role: str = "marketing") -> None:
        super().__init__(language, role)

    def opens(self, name: str, *args: object, query: str = "") -> str:
        response = self.client.get(reverse(f"campaigns:{name}", args=args) + query)
        assert response.status_code == 200, response
        self.last = response.content.decode()
        return words(response.content)

    def does(self, page: str, /, *args: object, status: int = 200, **fields: Any) -> str:
        """Post a form and return the text of the page that follows."""
        response = self.client.post(reverse(f"campaigns:{page}", args=args), fields, follow=True)
        assert response.status_code == status, response
        self.last = response.content.decode()
        return words(response.content)


def picture(width: int = 800, height: int = 600, form: str = "JPEG") -> SimpleUploadedFile:
    """Return a picture with a stripe and EXIF data."""
    drawn = Image.new("RGB", (width, height), (27, 90, 60))
    drawn.paste((250, 128, 64), (0, height // 2, width, height))
    exif = Image.Exif()
    exif[0x010F] = "Zyxmark Cameras"
    out = BytesIO()
    drawn.save(out, form, exif=exif)
    return SimpleUploadedFile("p.jpg", out.getvalue())


def event(world: World, places: int = 1, days: float = 3) -> Session:
    """Create a session of a reading at the main branch, some days from now."""
    course, _new = Course.objects.get_or_create(
        kind=Course.Kind.EVENT,
        name={"zh": "读书会", "en": "Reading circle"},
        words={"zh": "一起读《边城》", "en": "Border Town"},
    )
    begins = hub_clock().now() + timedelta(days=days)
    made: Session = Session.objects.create(
        course=course, branch=world.main, begins=begins, ends=begins + timedelta(hours=2), places=places
    )
    return made
