"""Define generous time limits for tests that query a hub; speed is not judged."""

from kiosk.sync.http import Timing
from tests.support.patience import PATIENCE

PATIENT = Timing(PATIENCE, PATIENCE, PATIENCE)
