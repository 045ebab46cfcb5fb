"""Campaigns: programs that measure the whole, print figures, and say by their exit code whether a goal is missed."""
