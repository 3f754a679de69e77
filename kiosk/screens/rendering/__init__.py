"""Draw with Kivy and Pillow: geometry, theme, text, glyphs, marks, and the painter that shows them."""
