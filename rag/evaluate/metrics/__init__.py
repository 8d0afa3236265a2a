"""How good retrieval, citations and answers are: pure functions, each with a worked example and its source.

`retrieval` asks whether the evidence was found, `citing` whether it was cited, `answering` whether the
reader was served, `intervals` how sure we can be of any of it.
"""
