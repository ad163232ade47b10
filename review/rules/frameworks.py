"""The frameworks whose controls rules answer, and the identifiers that each of them has.

Compared on 2026-11-28, as far as each is public: OWASP's entries with the files of the edition of 2026 in its
repository (folder `2026/final`); the risks of AI 600-1 with the order in which its section 2 names them, as summaries
of it have it; the criteria of SOC 2 with `soc2_aws.json` of Prowler, which has most of those that rules name; Annex A
of ISO/IEC 42001, which is sold, with what is published of its nine groups and 38 controls. Those of AWS's AI security
framework are without their prefix `AISF-`, and are those of the file at commit 3e000fa of 2026-08-21.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

#: By the names under which `controls` takes identifiers: the title, and the source.
FRAMEWORKS: Mapping[str, tuple[str, str]] = {
    "nist": ("NIST SP 800-53 Rev. 5", "https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final"),
    "owasp": ("OWASP Top 10 for LLM Applications 2026", "https://github.com/GenAI-Security-Project/GenAI-LLM-Top10"),
    "ai600": ("NIST AI 600-1, section of the risk", "https://nvlpubs.nist.gov/nistpubs/ai/NIST.AI.600-1.pdf"),
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


def _run(prefix: str, last: int, first: int = 1) -> Iterable[str]:
    return (f"{prefix}{n}" for n in range(first, last + 1))


#: What each has, of those whose list is short enough to be checked whole.
KNOWN: Mapping[str, frozenset[str]] = {
    # 01 prompt injection, 02 disclosure, 03 agency, 04 supply chain, 05 poisoning, 06 consumption, 07 misinformation,
    # 08 hidden context, 09 vectors and embeddings, 10 handling of outputs.
    "owasp": frozenset(f"LLM{n:02}" for n in range(1, 11)),
    # 2.3 dangerous content, 2.4 data privacy, 2.9 information security, 2.11 abusive content, 2.12 value chain.
    "ai600": frozenset(_run("2.", 12)),
    "iso": frozenset(
        {
            *(*_run("A.2.", 4, 2), *_run("A.3.", 3, 2), *_run("A.4.", 6, 2), *_run("A.5.", 5, 2)),
            *(*_run("A.6.1.", 3, 2), *_run("A.6.2.", 8, 2), *_run("A.7.", 6, 2), *_run("A.8.", 5, 2)),
            *(*_run("A.9.", 4, 2), *_run("A.10.", 4, 2)),
        }
    ),
    "soc2": frozenset(
        {
            *(*_run("CC1.", 5), *_run("CC2.", 3), *_run("CC3.", 4), *_run("CC4.", 2), *_run("CC5.", 3)),
            *(*_run("CC6.", 8), *_run("CC7.", 5), *_run("CC8.", 1), *_run("CC9.", 2)),
            *(*_run("A1.", 3), *_run("C1.", 2), *_run("PI1.", 5)),
        }
    ),
}
