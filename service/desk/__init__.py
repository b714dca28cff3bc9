"""Where cases are decided, recorded and taken further, by people and by machines."""
