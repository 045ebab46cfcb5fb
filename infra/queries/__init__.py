"""Read models: what pages and exports show, as plain values; one file per word of the trade."""
