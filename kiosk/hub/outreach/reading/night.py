"""What reading does every night, in order: tidy, segments and their rules, learn, infer, pick, write."""

from datetime import datetime

from kiosk.hub.outreach.reading import acting, history, interests, letters, picking, standings, trained


def nightly(now: datetime) -> None:
    """Run twice it gives the same."""
    history.tidy(now)
    standings.nightly(now)
    acting.nightly(now)
    for some in picking.batches(picking.all_allowed()):
        interests.infer(some, now)
    picking.pick_all(trained.learn(now), now)
    letters.nightly(now)
