"""Reductions: fewer states for the same verdicts and the same lengths of shortest counterexamples.

Each says which states need not be told apart, or which order of moves stands for others, and why. The search does not
know of them; a model that is given a :class:`~runline.explorer.reductions.reduction.Reduced` goes by it.
"""
