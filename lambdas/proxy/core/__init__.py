"""What every other room may know: the team, the catalogue, errors, JSON text and token counts."""
