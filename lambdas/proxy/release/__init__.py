"""What may leave in a stream, and when: windows of text, masks in them, and the order of events."""
