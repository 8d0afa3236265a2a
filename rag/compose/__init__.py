"""Turn evidence into the text of an answer."""
