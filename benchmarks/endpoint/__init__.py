"""What a status endpoint costs, and whether it keeps its promises under load."""
