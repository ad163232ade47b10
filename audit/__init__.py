"""The evidence: what the lines hold, and the proof that none was lost or altered. Usable without the rest."""
