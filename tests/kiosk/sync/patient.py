"""How long a test lets a hub take that it asks as a kiosk does; judges no speed."""

from kiosk.sync.http import Timing
from tests.patience import PATIENCE

PATIENT = Timing(PATIENCE, PATIENCE, PATIENCE)
