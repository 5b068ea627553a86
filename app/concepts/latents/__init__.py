"""Models with a hidden cause: noise or codes in, data out."""
