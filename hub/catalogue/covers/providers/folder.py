"""Find covers in a folder, in which each file is named by its ISBN: `9787020002207.jpg`."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator
from stdnum import isbn as isbn_numbers

from hub.catalogue.covers.picture import MOST_BYTES
from hub.catalogue.covers.providers.provider import CoverProvider, Name, Pause, ProviderUnavailable
from hub.catalogue.online_editions.url_probe import Probe

ENDINGS = (".jpg", ".jpeg", ".png", ".webp")


def _absolute(folder: Path) -> Path:
    if not folder.is_absolute():
        raise ValueError("must be an absolute path, such as /srv/covers")
    return folder


class Folder(CoverProvider):
    """Files by ISBN-13 or ISBN-10, without hyphens."""

    kind: Literal["folder"]
    name: Name = "folder"
    pause: Pause = 0
    folder: Annotated[Path, AfterValidator(_absolute)]

    def find(self, isbn: str, probe: Probe) -> bytes | None:
        """Return the file of this ISBN. Raises ProviderUnavailable if the folder cannot be read."""
        if not self.folder.is_dir():
            raise ProviderUnavailable(f"{self.folder} is not a folder that can be read")
        names = [isbn, isbn_numbers.to_isbn10(isbn)] if isbn.startswith("978") else [isbn]
        for path in (self.folder / f"{name}{ending}" for name in names for ending in ENDINGS):
            try:
                with path.open("rb") as file:
                    return file.read(MOST_BYTES + 1)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise ProviderUnavailable(f"{path}: {error.strerror}") from None
        return None
