"""The pages: thin. A handler checks the form, then starts a life, signals one, or reads rows; it decides nothing."""
