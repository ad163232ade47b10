"""The team's proxy function: OpenAI's API in front, Gemma 4 on Amazon Bedrock behind, guarded on both sides."""
