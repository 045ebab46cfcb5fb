"""Pure rules of the invoice desk: standard library only, no clock, no I/O, no framework."""
