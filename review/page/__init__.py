"""The report that a reviewer reads: one HTML file with the verdict, a picture, the proofs, and twenty answers."""
