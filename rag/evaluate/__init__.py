"""Put a file of questions through the assistant and say how good the answers are."""
