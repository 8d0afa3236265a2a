"""One reader per transcript format; all give the same `Reading`."""
