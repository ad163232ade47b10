"""Waivers: findings that are accepted, by whom, why, until when, and what makes up for them. `review/waivers.yaml`."""

from review.waivers.pattern import Pattern, TooBroadError
from review.waivers.register import Register, Waiver, WaiverError

__all__ = ["Pattern", "Register", "TooBroadError", "Waiver", "WaiverError"]
