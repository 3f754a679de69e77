"""Create Kivy colours and textures."""

from __future__ import annotations

from kivy.graphics import Color
from kivy.graphics.texture import Texture
from PIL import Image

from lending.colours import rgb


def colour(name: str) -> Color:
    red, green, blue = rgb(name)
    return Color(red / 255, green / 255, blue / 255, 1)


def mask(alpha: Image.Image) -> Texture:
    """Return a white texture with this alpha, to be coloured when drawn."""
    white = Image.new("L", alpha.size, 255)
    return colour_texture(Image.merge("RGBA", (white, white, white, alpha)))


def photo(path: str, size: tuple[int, int]) -> Texture | None:
    """Load the picture at the size in which it is drawn; None if the file cannot be read."""
    try:
        with Image.open(path) as picture:
            picture.draft("RGB", size)
            return colour_texture(picture.resize(size, Image.Resampling.BILINEAR).convert("RGBA"))
    except OSError:
        return None


def sharp(picture: Image.Image) -> Texture:
    """Return a texture whose pixels stay sharp at any size."""
    texture = colour_texture(picture.convert("RGBA"))
    texture.mag_filter = texture.min_filter = "nearest"
    return texture


def colour_texture(picture: Image.Image) -> Texture:
    """Return a texture with the picture's own colours; edges are clamped."""
    texture = Texture.create(size=picture.size, colorfmt="rgba")
    texture.blit_buffer(picture.tobytes(), colorfmt="rgba", bufferfmt="ubyte")
    texture.flip_vertical()
    texture.wrap = "clamp_to_edge"
    return texture
