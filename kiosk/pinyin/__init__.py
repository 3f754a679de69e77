"""Convert pinyin letters to Chinese characters: word table with frequencies, and candidate search."""
