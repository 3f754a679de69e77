"""WeCom: messages of the library's own application."""
