"""The sets of `make bench-quality`, a module each: how its texts are read, and what is measured on them.

Nothing of the texts is copied into the project; only figures leave the benchmarks.
"""
