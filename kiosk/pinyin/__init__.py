"""Chinese characters for the letters of pinyin: a table with frequencies, and what it offers for what was typed."""
