"""The board: pages on which a person sees instances, models and the server itself."""
