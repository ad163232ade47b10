"""The two actions that serving a request comes down to."""

#: Calls a model, and shows a text to a guardrail.
INFERENCE, GUARDRAIL = "bedrock-mantle:CreateInference", "bedrock:ApplyGuardrail"
