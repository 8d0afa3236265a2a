"""Every way in: parse, call, render, nothing else."""
