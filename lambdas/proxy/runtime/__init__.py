"""The Lambda Runtime API: one invocation after another, and replies that are streamed."""
