"""JSON read from text and written as it is sent: compact, and no letter hides behind an escape.

``json.loads`` and ``json.dumps`` make a decoder or an encoder for each call, which takes as long as a short text does.
"""

from __future__ import annotations

import json

#: Return the value that a text says; ValueError if it is not JSON, RecursionError if it is too deep.
parse = json.JSONDecoder().decode
#: Return a value as text.
compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
