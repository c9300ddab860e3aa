"""vstk: which values does an AI assistant express? An answer one may publish.

    logs -> readers -> scrub -> extract -> store -> release -> report

Text enters at the left and is gone after `extract`; only labels agreed on
beforehand are stored, and only noised numbers leave. `vstk.pipeline` is the one
module that knows the order of the rooms; DESIGN and reasons are in docs/.
"""
