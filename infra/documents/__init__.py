"""The documents of an invoice: the PDF/A-3 that people read, with the XML that programs read inside it."""
