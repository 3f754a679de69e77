"""Invent new arrivals of the demo library: a dozen titles of the last days, two with a staff remark."""

from datetime import datetime, timedelta

from hub.catalogue.models import Title
from hub.outreach.recommendations.new_titles.models import DigestSettings, Remark

NEW = 12
LINES = (
    ("馆员推荐：值得慢慢读。", "Our pick: worth taking your time."),
    ("第一次读这位作者，从这本开始。", "New to this author? Begin here."),
)


def make(now: datetime) -> None:
    """Date the last titles of the catalogue one after another, and all others long ago. Once."""
    if Remark.objects.exists():
        return
    Title.objects.update(added_at=None)
    new = list(Title.objects.order_by("-pk")[:NEW])
    for ago, title in enumerate(new):
        title.added_at = now - timedelta(hours=14 * ago + 1)
    Title.objects.bulk_update(new, ("added_at",))
    Remark.objects.bulk_create(Remark(title=title, zh=zh, en=en) for title, (zh, en) in zip(new, LINES, strict=False))


def clear() -> None:
    """Delete staff remarks and the digest's settings."""
    for table in (Remark, DigestSettings):
        table.objects.all().delete()
