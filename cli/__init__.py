"""The wiring and the commands: the only place that knows everybody."""
