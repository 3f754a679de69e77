"""Draw QR codes for pages."""

import segno


def qr(text: str) -> str:
    """Return the text as a QR code: a scalable SVG, black on white in every colour scheme of the page."""
    return segno.make(text, error="m", micro=False).svg_inline(
        scale=6, border=4, dark="#000000", light="#ffffff", omitsize=True
    )
