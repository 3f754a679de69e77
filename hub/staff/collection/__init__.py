"""Let staff add and correct titles and items, and withdraw items: what a library without another system needs daily."""
