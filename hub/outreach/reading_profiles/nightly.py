"""What reading does every night, in order: tidy, segments and their rules, learn, infer, pick, write."""

from datetime import datetime

from hub.outreach.reading_profiles import (
    history,
    interests,
    recommendation_messages,
    recommendation_picker,
    segment_actions,
    segment_assignment,
    trained_model,
)


def nightly(now: datetime) -> None:
    """Run twice it gives the same."""
    history.tidy(now)
    segment_assignment.nightly(now)
    segment_actions.nightly(now)
    for some in recommendation_picker.batches(recommendation_picker.all_allowed()):
        interests.infer(some, now)
    recommendation_picker.pick_all(trained_model.learn(now), now)
    recommendation_messages.nightly(now)
