"""What lawyers read: rules in words, what differs between two days, what has grown old, and where each law stands."""
