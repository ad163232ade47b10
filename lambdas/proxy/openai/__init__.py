"""OpenAI's two APIs: what a request may hold on the way in, what an answer may hold on the way out."""
