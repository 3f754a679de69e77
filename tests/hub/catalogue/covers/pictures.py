"""Draw pictures for the tests, because the repository contains no cover of a real book."""

from __future__ import annotations

from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFilter


def picture(form: str = "JPEG", size: tuple[int, int] = (400, 580), seed: int = 7) -> bytes:
    """Return a cover with shapes and photographic noise."""
    random = Random(seed)
    image = Image.effect_noise(size, 60).convert("RGB").filter(ImageFilter.GaussianBlur(6))
    draw = ImageDraw.Draw(image)
    for _ in range(24):
        x, y, r = random.randrange(size[0]), random.randrange(size[1]), random.randrange(8, max(size[0] // 4, 9))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=tuple(random.randrange(256) for _ in range(3)))
    for line in range(6):
        draw.rectangle(
            (size[0] * 0.1, 20 + 14 * line, size[0] * random.uniform(0.3, 0.9), 26 + 14 * line), fill="black"
        )
    out = BytesIO()
    image.save(out, form)
    return out.getvalue()
