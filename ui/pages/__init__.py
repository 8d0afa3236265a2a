"""Pages to read in: HTML made here, which needs no script to be read. All words of others are escaped."""
