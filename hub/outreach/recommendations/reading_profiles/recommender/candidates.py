"""Preselect the titles that can be among a patron's best, so that not the whole catalogue is scored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from hub.outreach.recommendations.reading_profiles.recommender.features import Features

COMMON = 0.02
"""Share of titles above which a feature, such as a year, is too common to preselect by."""


@dataclass(frozen=True, slots=True)
class Near:
    """Candidate titles in ascending order.

    No other title scores more than `beyond` by content, and none scores by loans.
    """

    titles: NDArray[np.int64]
    beyond: float


def near(words: Features, profile: NDArray[np.float64], lent: scipy.sparse.csr_array) -> Near:
    """Return titles lent together with the patron's, and those sharing an uncommon feature of the profile."""
    positive = np.flatnonzero(profile > 0)
    common = words.spread[positive] > COMMON
    begin, end = words.columns.indptr[positive[~common]], words.columns.indptr[positive[~common] + 1]
    parts = [words.columns.indices[one:other] for one, other in zip(begin, end, strict=True)]
    found = np.zeros(words.rows.shape[0], dtype=np.bool_)
    found[lent.indices] = True
    for each in parts:
        found[each] = True
    return Near(np.flatnonzero(found), float(words.highest[positive[common]] @ profile[positive[common]]))
