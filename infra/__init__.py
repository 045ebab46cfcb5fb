"""Everything technical: each file implements one port, or is one way to the outside."""
