"""What reading does every night, in order: tidy, learn, infer, pick."""

from datetime import datetime

from kiosk.hub.outreach.reading import history, interests, picking, trained

BATCH = 500


def nightly(now: datetime) -> None:
    """Run twice it gives the same."""
    history.tidy(now)
    people = picking.all_allowed()
    for at in range(0, len(people), BATCH):
        interests.infer(people[at : at + BATCH], now)
    picking.pick_all(trained.learn(now), now)
