"""Load and validate kiosk.toml, the library's settings of a kiosk, once at the start."""

from kiosk.config.file import EXAMPLE, load, load_desk, write_example
from kiosk.config.models import Config, ConfigError

__all__ = ["EXAMPLE", "Config", "ConfigError", "load", "load_desk", "write_example"]
