"""Messages and terms of the service, in Chinese and English."""
