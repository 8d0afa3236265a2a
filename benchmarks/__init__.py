"""Measurements that can be repeated: speed here, quality beside it. None of this is installed."""
