"""The lives. Deterministic: imports domain rules and activity references only."""
