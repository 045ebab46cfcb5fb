"""The steps of a life with an effect outside it, one class per subject. Adapters come in by constructor."""
