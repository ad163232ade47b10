"""Rules about: guardrail."""
