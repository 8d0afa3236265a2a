"""From a file, feed or page to passages in the library."""
