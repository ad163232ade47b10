"""An account in which the deployment would succeed: every look says so, in one pass, and asks what it may ask."""

from preflight.looks import LOOKS
from preflight.run import run
from review.finding import exit_status
from tests.preflight.recorded import account, plan


def test_a_healthy_account_stops_nothing() -> None:
    findings = run(account()[0], plan(), LOOKS)
    assert exit_status(findings) == 0
    other = [finding for finding in findings if finding.status.needs_cure]
    # A role of another account is all that an account cannot tell.
    assert [finding.where for finding in other] == ["arn:aws:iam::444455556666:role/partners/beacon"], other
    assert len({finding.code for finding in findings}) >= len(LOOKS) - 1  # no endpoint of others is named
