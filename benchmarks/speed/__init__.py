"""The pieces of `make bench`: each measures one thing in a process of its own and gives it as JSON."""
