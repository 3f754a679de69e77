"""Which of its books a monkey has borrowed and not brought back, as the glass tells it; borrows none itself."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.views import Errand


class Lent:
    def __init__(self, labels: Sequence[bytes]) -> None:
        self._labels = labels
        self._places: list[int] = []

    def __bool__(self) -> bool:
        return bool(self._places)

    def told(self, errand: str, label: bytes) -> None:
        """That book went out, or came back."""
        if label not in self._labels:
            return
        place = self._labels.index(label)
        self._places = [each for each in self._places if each != place]
        if errand == Errand.BORROW:
            self._places.append(place)

    def take(self) -> int:
        """The place of the one that was borrowed last, to be brought back."""
        return self._places.pop()
