"""What an operator asks of the store: what is stuck, what became of an event, do it again, what a period came to.

Everything here is a function over a ``Store``; the catalogue is asked only to relink and to prune. A period is of UTC
days of the events' own time, since the keys have it: what lies outside is not read.
"""
