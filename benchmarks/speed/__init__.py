"""`make bench`: each module measures one thing or holds one idea of it; `__main__.py` says in what order."""
