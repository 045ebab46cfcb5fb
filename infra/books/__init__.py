"""The Books ports on the database, one file per word of the trade. Each function is one short transaction."""
