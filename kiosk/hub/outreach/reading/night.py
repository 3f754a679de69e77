"""What reading does every night, in order: tidy, segments and their rules, learn, infer, pick, write."""

from datetime import datetime

from kiosk.hub.outreach.reading import acting, history, interests, letters, picking, standings, trained

BATCH = 500


def nightly(now: datetime) -> None:
    """Run twice it gives the same."""
    history.tidy(now)
    standings.nightly(now)
    acting.nightly(now)
    people = picking.all_allowed()
    for at in range(0, len(people), BATCH):
        interests.infer(people[at : at + BATCH], now)
    picking.pick_all(trained.learn(now), now)
    letters.nightly(now)
