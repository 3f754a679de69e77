"""What a library decides about its kiosk: kiosk.toml, read once at the start; knows nothing of how it is done."""

from kiosk.config.example import EXAMPLE, render, write_example
from kiosk.config.file import load
from kiosk.config.models import Config, ConfigError

__all__ = ["EXAMPLE", "Config", "ConfigError", "load", "render", "write_example"]
