"""Measure read rate, misreads and decoding time on a folder of photographs of barcodes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from kiosk.benchmarks.figures import Figure, at_least, at_most, figure, report
from kiosk.config.models import Barcodes, Numbers
from kiosk.hardware.barcodes.acceptance import Acceptance, Judge, rules_of
from kiosk.hardware.barcodes.decoder_cascade import Cascade
from kiosk.hardware.barcodes.model import AcceptedCode, BarcodeHunt, Code, Frame, Reading, Symbology
from lending.number_patterns import Number, NumberKind

NOTHING = "none"
"""Folder of pictures in which no code may be read."""
PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp"})
SHAKEN = 8
"""Frames per photograph: half a second."""
TURN, SCALE, SHIFT, LIGHT, NOISE = 2.0, 0.03, 4.0, 0.10, 3.0
"""Maximum shake: degrees, share of the size, pixels, share of the brightness; noise's sigma in grey levels."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """A photograph and the text that it must yield."""

    path: Path
    symbology: Symbology | None
    """None if there is no barcode."""
    text: str
    turn: float = 0.0
    """Degrees by which the picture is turned, counter-clockwise."""

    def picture(self) -> Image.Image:
        """Return a grey image: transparent areas on white, a turned one on its median grey."""
        picture = self._upright()
        if not self.turn:
            return picture
        ground = int(np.median(np.asarray(picture)))
        return picture.rotate(self.turn, Image.Resampling.BILINEAR, expand=True, fillcolor=ground)

    def _upright(self) -> Image.Image:
        with Image.open(self.path) as opened:
            picture: Image.Image = opened
            if "transparency" in picture.info or picture.mode in ("RGBA", "LA"):
                picture = picture.convert("RGBA")
                picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
            return picture.convert("L")


def read_folder(folder: Path) -> list[Photograph]:
    """Read FOLDER/SYMBOLOGY/NAME.png with NAME.txt. Raises ValueError that names what is wrong."""
    names = [*Symbology, NOTHING]
    found = [name for name in names if (folder / name).is_dir()]
    if not found:
        raise ValueError(f"{folder} has none of the folders {', '.join(names)}")
    photographs = [each for name in found for each in _photographs(folder / name)]
    if not photographs:
        raise ValueError(f"{folder} has no pictures")
    return photographs


def _photographs(folder: Path) -> Iterator[Photograph]:
    symbology = None if folder.name == NOTHING else Symbology(folder.name)
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in PICTURES:
            continue
        words = path.with_suffix(".txt")
        if symbology is not None and not words.exists():
            raise ValueError(f"{words} is missing: it should hold the text of {path.name}")
        yield Photograph(path, symbology, "" if symbology is None else plain(_read_photograph(words)))


def _read_photograph(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def plain(text: str) -> str:
    """Normalise a text for comparison: line ends, and white space at the end."""
    return text.replace("\r\n", "\n").rstrip()


def frame(picture: Image.Image) -> Frame:
    """Return a grey image as a frame."""
    return Frame(picture.width, picture.height, picture.width, picture.tobytes())


def shaken(picture: Image.Image, seed: int) -> Iterator[Image.Image]:
    """Yield frames that depend on the seed only. Pixels beyond the edge repeat the edge."""
    chance = np.random.default_rng(seed)
    pixels = np.asarray(picture)
    pad = round(0.05 * max(picture.size) + SHIFT)
    padded = Image.fromarray(np.pad(pixels, pad, mode="edge"))
    for _ in range(SHAKEN):
        moved = _shake(padded, pad, picture.size, chance)
        light = 1 + chance.uniform(-LIGHT, LIGHT)
        noisy = np.asarray(moved, np.float32) * light + chance.normal(0, NOISE, pixels.shape)
        yield Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def _shake(padded: Image.Image, pad: int, size: tuple[int, int], chance: np.random.Generator) -> Image.Image:
    turn = np.radians(chance.uniform(-TURN, TURN))
    scale = 1 + chance.uniform(-SCALE, SCALE)
    x, y = size[0] / 2, size[1] / 2
    across, down = np.cos(turn) / scale, np.sin(turn) / scale
    left = pad + x + chance.uniform(-SHIFT, SHIFT) - across * x + down * y
    top = pad + y + chance.uniform(-SHIFT, SHIFT) - down * x - across * y
    way = (across, -down, left, down, across, top)
    return padded.transform(size, Image.Transform.AFFINE, way, Image.Resampling.BILINEAR)


def fit_into(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the whole picture centred in a frame of this size, on grey."""
    factor = min(size[0] / picture.width, size[1] / picture.height)
    small = picture.resize((max(1, round(picture.width * factor)), max(1, round(picture.height * factor))))
    whole = Image.new("L", size, 128)
    whole.paste(small, ((size[0] - small.width) // 2, (size[1] - small.height) // 2))
    return whole


def covering(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the centre of the picture, scaled to fill a frame of this size."""
    factor = max(size[0] / picture.width, size[1] / picture.height)
    large = picture.resize((max(size[0], round(picture.width * factor)), max(size[1], round(picture.height * factor))))
    left, top = (large.width - size[0]) // 2, (large.height - size[1]) // 2
    return large.crop((left, top, left + size[0], top + size[1]))


Mode = Literal["single", "accept"]

LEAST_READ = {Symbology.CODABAR: 100.0, Symbology.ITF: 100.0, Symbology.CODE128: 96.0}
LEAST_BARS = 77.0
"""Minimum percentage read of all photographs except QR codes, without rules."""
LEAST_TILTED = 82.0
"""Minimum percentage read of the same photographs turned by each of TILTS."""
TILTS = (23.0, 41.0, 67.0, 101.0, 139.0)
"""Degrees at which no row or column of pixels crosses all bars of most labels, so the stripes must be levelled."""
MOST_IN_BARS, MOST_TILTED, MOST_IN_CLUTTER = 15.0, 25.0, 40.0
"""Milliseconds of CPU time for a frame of 1280 x 720."""
FIXED = (1280, 720)
FRAMES_PER_SECOND = 15
SHOWN_MEDIAN, SHOWN_LATEST = 0.3, 1.0
"""Seconds from the first frame of a code to its acceptance: median, and latest."""
ANY = frozenset(NumberKind)


@dataclass(frozen=True, slots=True)
class ReadOutcome:
    """What was read of one photograph, and how long it took."""

    photograph: Photograph
    texts: frozenset[str]
    """All texts reported for the photograph, right and wrong."""
    times: tuple[float, ...]
    """Milliseconds of CPU time per frame."""
    frames: int = 1
    """Number of frames until the code was accepted."""

    @property
    def right(self) -> bool:
        return self.photograph.symbology is not None and self.photograph.text in self.texts

    @property
    def wrong(self) -> bool:
        return bool(self.texts - {self.photograph.text})


class EveryCode:
    """Judge that accepts every code."""

    def hunt(self, wanted: frozenset[NumberKind], *, thorough: bool) -> BarcodeHunt:
        return BarcodeHunt(frozenset(Symbology), thorough=thorough)

    def number(self, code: Code) -> Number | None:
        return Number(NumberKind.ITEM, plain(code.text))


def the_rules() -> Judge:
    """Return the default rules of kiosk.toml, with all symbologies that a library may choose."""
    bars = Barcodes(item=("codabar", "code39", "code128", "itf"), card=("codabar", "code39", "code128", "itf", "qr"))
    return rules_of(Numbers(), bars)


def bench_barcodes(folder: Path, *, rules: bool, mode: Mode, as_json_text: bool) -> int:
    """Print the figures; return 0 if all are within their budgets, else 1."""
    try:
        photographs = read_folder(folder)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    figures = measure(photographs, rules=rules, mode=mode)
    return report(figures, as_json_text)


def measure(photographs: Sequence[Photograph], *, rules: bool, mode: Mode) -> list[Figure]:
    """Measure all figures.

    Read rates have a budget for single frames without rules, misreads for accepted codes with rules.
    """
    judge = the_rules() if rules else EveryCode()
    turned = [replace(each, turn=tilt) for each in photographs if each.symbology != Symbology.QR for tilt in TILTS]
    if mode == "single":
        outcomes, tilted = ([look_once(each, judge) for each in shown] for shown in (photographs, turned))
        return [
            *_read(outcomes, judge, budgets=not rules),
            *_wrong(outcomes, None),
            *_rate("tilted bars: read", tilted, judge, None if rules else LEAST_TILTED),
            *_wrong(tilted, None, "tilted: "),
            *_measure_stills(photographs, turned, judge),
        ]
    outcomes, tilted = ([hold(each, judge, seed) for seed, each in enumerate(shown)] for shown in (photographs, turned))
    most = 0 if rules else None
    return [
        *_read(outcomes, judge, budgets=False),
        *_wrong(outcomes, most),
        *_time_to_result(outcomes),
        *_rate("tilted bars: read", tilted, judge, None),
        *_wrong(tilted, most, "tilted: "),
        *_time_to_result(tilted, "tilted: "),
    ]


def look_once(photograph: Photograph, judge: Judge) -> ReadOutcome:
    """Decode the photograph as a single frame with every stage."""
    reading, spent = _time_decoding(
        Cascade(sparing=False), frame(photograph.picture()), judge.hunt(ANY, thorough=False)
    )
    numbers = [judge.number(code) for code in reading.codes]
    return ReadOutcome(photograph, frozenset(plain(each.text) for each in numbers if each), (spent,))


def hold(photograph: Photograph, judge: Judge, seed: int) -> ReadOutcome:
    """Show the photograph as a shaking hand would, at 15 frames a second."""
    cascade, acceptance = Cascade(), Acceptance(judge)
    texts: set[str] = set()
    times = []
    frames = 0
    for number, picture in enumerate(shaken(photograph.picture(), seed), 1):
        reading, spent = _time_decoding(cascade, frame(picture), acceptance.hunt(ANY))
        times.append(spent)
        sight = acceptance.see(number / FRAMES_PER_SECOND, reading, ANY)
        accepted = [plain(fact.text) for fact in sight.facts if isinstance(fact, AcceptedCode)]
        frames = frames or (number if accepted else 0)
        texts |= set(accepted)
    return ReadOutcome(photograph, frozenset(texts), tuple(times), frames)


def _time_decoding(cascade: Cascade, shown: Frame, hunt: BarcodeHunt) -> tuple[Reading, float]:
    began = time.thread_time()
    reading = cascade.decode(shown, hunt)
    return reading, 1000 * (time.thread_time() - began)


def _read(outcomes: Sequence[ReadOutcome], judge: Judge, *, budgets: bool) -> list[Figure]:
    figures = []
    for symbology in Symbology:
        of_it = [each for each in outcomes if each.photograph.symbology is symbology]
        figures += _rate(f"{symbology}: read", of_it, judge, LEAST_READ.get(symbology) if budgets else None)
        if of_it:
            figures.append(figure(f"{symbology}: time", "ms", [ms for each in of_it for ms in each.times], None))
    bars = [each for each in outcomes if each.photograph.symbology not in (None, Symbology.QR)]
    return [*figures, *_rate("all bars: read", bars, judge, LEAST_BARS if budgets else None)]


def _rate(name: str, outcomes: Iterable[ReadOutcome], judge: Judge, least: float | None) -> list[Figure]:
    """Return the share read of the photographs that the rules let pass."""
    possible = [each for each in outcomes if _passes(each.photograph, judge)]
    if not possible:
        return []
    read = sum(each.right for each in possible)
    return [at_least(name, "%", len(possible), 100 * read / len(possible), least)]


def _passes(photograph: Photograph, judge: Judge) -> bool:
    nowhere = ((0.0, 0.0),) * 4
    return photograph.symbology is not None and (
        judge.number(Code(photograph.symbology, photograph.text, nowhere)) is not None
    )


def _wrong(outcomes: Iterable[ReadOutcome], most: float | None, of: str = "") -> list[Figure]:
    figures = []
    for name, without, budget in (("wrong text", False, most), ("text without a barcode", True, 0.0)):
        judged = [each for each in outcomes if (each.photograph.symbology is None) == without]
        if judged:
            count = sum(each.wrong for each in judged)
            figures.append(at_most(of + name, "photographs", len(judged), count, budget))
    return figures


def _time_to_result(outcomes: Iterable[ReadOutcome], of: str = "") -> list[Figure]:
    """Return the time from the first frame to the end of the accepted one."""
    seconds = [each.frames / FRAMES_PER_SECOND + each.times[each.frames - 1] / 1000 for each in outcomes if each.frames]
    if not seconds:
        return []
    return [
        figure(f"{of}shown -> accepted, typically", "s", seconds, SHOWN_MEDIAN, by_median=True),
        figure(f"{of}shown -> accepted, at the latest", "s", seconds, SHOWN_LATEST),
    ]


def _measure_stills(upright: Sequence[Photograph], turned: Sequence[Photograph], judge: Judge) -> list[Figure]:
    """Measure frames of one size, decoded in sequence like live ones."""
    bars, tilted = ([each for each in shown if each.symbology] for shown in (upright, turned))
    cluttered = [each for each in upright if each.symbology is None]
    budgeted = (
        ("a barcode in view", _times([each for each in bars if each.symbology != Symbology.QR], judge), MOST_IN_BARS),
        ("a tilted barcode in view", _times(tilted, judge), MOST_TILTED),
        ("clutter", _times(cluttered, judge), MOST_IN_CLUTTER),
    )
    return [figure(f"1280x720, {name}", "ms", times, budget) for name, times, budget in budgeted if times]


def _times(photographs: Iterable[Photograph], judge: Judge) -> list[float]:
    """Return the milliseconds of each frame that was read, or of every one that shows no barcode."""
    cascade, hunt = Cascade(), judge.hunt(ANY, thorough=False)
    times = []
    for each in photographs:
        fitted = fit_into(each.picture(), FIXED) if each.symbology else covering(each.picture(), FIXED)
        reading, spent = _time_decoding(cascade, frame(fitted), hunt)
        times += [spent] if reading.codes or each.symbology is None else []
    return times
