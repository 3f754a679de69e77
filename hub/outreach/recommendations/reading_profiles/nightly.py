"""Nightly job: tidy the history, assign segments, train the model, infer, recommend and send messages."""

from datetime import datetime

from hub.outreach.recommendations.reading_profiles import (
    history,
    interests,
    recommendation_messages,
    recommendation_picker,
    segment_actions,
    segment_assignment,
    trained_model,
)


def nightly(now: datetime) -> None:
    """Run all steps; a second run on the same data gives the same result."""
    history.tidy(now)
    segment_assignment.nightly(now)
    segment_actions.nightly(now)
    for some in recommendation_picker.batches(recommendation_picker.all_allowed()):
        interests.infer(some, now)
    recommendation_picker.pick_all(trained_model.learn(now), now)
    recommendation_messages.nightly(now)
