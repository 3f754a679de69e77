"""Run `kiosk pad` before a simulated FEIG reader, on whose antenna tests lay tags."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from kiosk.tag_simulator.feig import FeigOnTcp, FeigReader
from kiosk.tag_simulator.tags import AirField, Tag
from lending.tags import TagData, encode
from tests.support.patience import PATIENCE

UID = 0xE004_0100_1234_5678


class DeskPad:
    """The pad of a desk: its process, its reader and the tags in its field."""

    def __init__(self, folder: Path, hub: str) -> None:
        self.field = AirField()
        self.cable = FeigOnTcp(FeigReader(self.field))
        file = folder / "desk.toml"
        file.write_text(
            f'owner = "DE-705"\n[hub]\nurl = "{hub}/"\n[item_pad]\ndriver = "feig"\nhost = "127.0.0.1"\n'
            f"port = {self.cable.port}\n"
        )
        command = [sys.executable, "-m", "kiosk.cli", "pad", "--config", str(file), "--port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"LC_ALL": "C.UTF-8"})
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith(f"Item pad for {hub} on 127.0.0.1:")
        self.port = int(line.split(":")[-1].split(".")[0])

    def lay(self, data: TagData | None = None, **faults: Any) -> Tag:
        tag = Tag(UID + len(self.field.tags), **faults)
        if data is not None:
            image = encode(data)
            tag.memory[: len(image)] = image
        self.field.tags.append(tag)
        return tag

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) == 0
        self.cable.unplug()
