"""Find the right words in an archive and answer with them."""
