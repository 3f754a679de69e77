"""Find the policy in force, record who has read it, and publish new versions."""

from datetime import datetime
from pathlib import Path

from django.db.models import Max

from hub.audit.models import Acknowledgement, Policy
from hub.core.retrying_transaction import atomic


def draft(language: str) -> str:
    """Return a template for a library's own policy; no lawyer has reviewed it."""
    path = Path(__file__).parent / "drafts" / f"policy.{language}.txt"
    return path.read_text(encoding="utf-8").strip()


def in_force() -> Policy | None:
    """Return the newest version, or None if there is none."""
    return Policy.objects.first()


def unread(staff: str) -> Policy | None:
    """Return the version in force if this member of staff has not acknowledged it, else None."""
    policy = in_force()
    if policy is None or policy.acknowledged.filter(staff=staff).exists():
        return None
    return policy


def acknowledge(policy: Policy, staff: str, now: datetime) -> None:
    """Record that the member of staff has read this version; the first time counts."""
    Acknowledgement.objects.get_or_create(policy=policy, staff=staff, defaults={"at": now})


@atomic
def publish(words: str, words_en: str, by: str, now: datetime) -> Policy:
    """Publish a new version, which all staff are asked to read."""
    last: int = Policy.objects.aggregate(last=Max("version"))["last"] or 0
    return Policy.objects.create(version=last + 1, words=words, words_en=words_en, by=by, at=now)
