"""Demo data: invented people, companies and consumption. Tax ids pass both check digits; nobody here exists."""
