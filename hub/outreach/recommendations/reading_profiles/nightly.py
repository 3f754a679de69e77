"""Nightly job: tidy the history, assign segments, train the model, infer, recommend and send messages."""

from datetime import datetime

from hub.outreach.recommendations.reading_profiles import (
    history,
    interests,
    recommendation_picker,
    recommendations,
    segments,
    trained_model,
)


def nightly(now: datetime) -> None:
    """Run all steps; a second run on the same data gives the same result."""
    history.tidy(now)
    segments.assign_all(now)
    segments.run_rules()
    for some in recommendation_picker.batches(recommendation_picker.all_allowed()):
        interests.infer(some, now)
    recommendation_picker.pick_all(trained_model.learn(now), now)
    recommendations.nightly(now)
