"""Journeys: what people do with the running parts, in a real browser. One file per story, marked with its feature numbers."""
