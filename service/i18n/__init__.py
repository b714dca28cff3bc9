"""What is said to whoever uses the service, in Chinese and English: messages, and what codes are called in them."""
