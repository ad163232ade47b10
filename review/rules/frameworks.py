"""The frameworks whose controls rules answer, and the identifiers that each of them has.

What each list was compared with stands beside it in `frameworks.json`. Those of AWS's AI security framework are without
their prefix `AISF-`, and are those of the file at commit 3e000fa of 2026-08-21.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

#: By the names under which `controls` takes identifiers: the title, and the source.
FRAMEWORKS: Mapping[str, tuple[str, str]] = {
    "nist": ("NIST SP 800-53 Rev. 5", "https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final"),
    "owasp": ("OWASP Top 10 for LLM Applications 2026", "https://github.com/GenAI-Security-Project/GenAI-LLM-Top10"),
    "ai600": ("NIST AI 600-1, section of the risk, or suggested action", "https://nvlpubs.nist.gov/nistpubs/ai/NIST.AI.600-1.pdf"),
    "iso": ("ISO/IEC 42001:2023, Annex A", "https://www.iso.org/standard/42001"),
    "soc2": ("SOC 2, trust services criteria", "https://www.aicpa-cima.com/topic/audit-assurance/audit-and-assurance-greater-than-soc-2"),
    "aws": (
        "AWS AI security framework, as Prowler maps it",
        "https://github.com/prowler-cloud/prowler/blob/master/prowler/compliance/aws/aws_ai_security_framework_aws.json",
    ),
    "lens": (
        "AWS Well-Architected, generative AI lens",
        "https://docs.aws.amazon.com/wellarchitected/latest/generative-ai-lens/security.html",
    ),
}  # fmt: skip


#: What each has, of those whose list is short enough to be checked whole: `frameworks.json`, with what each was
#: compared with, and a word on each identifier where the words of the framework are free.
KNOWN: Mapping[str, frozenset[str]] = {
    name: frozenset(list_["ids"])
    for name, list_ in json.loads(Path(__file__).with_suffix(".json").read_text("utf-8")).items()
}
