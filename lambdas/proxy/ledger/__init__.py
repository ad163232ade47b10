"""What requests cost, and that a team spends no more than it may."""
