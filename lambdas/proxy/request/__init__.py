"""A request as it was read and checked: the event, its fields, its texts and images, and the team's rules."""
