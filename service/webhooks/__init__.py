"""Tell other programs what happens: who is told, what waits to be sent, and the sending."""
