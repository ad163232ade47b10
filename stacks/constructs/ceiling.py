"""What a role may do at most, as denials in its own policy."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_iam as iam

_NEGATED = {"StringEquals": "StringNotEquals", "StringEqualsIfExists": "StringNotEquals"}


class Ceiling:
    """Denials of all that a role was not allowed: any other action, any other resource, any other condition.

    A role has one permissions boundary. Where the account's is taken, this does what the role's own would have done: a
    policy that somebody attaches later adds nothing, since a denial outweighs whatever allows. What it cannot do is
    outlast somebody who may take the role's policy away; with it go the rights as well.

    Example
    -------
    >>> ceiling = Ceiling()
    >>> right = iam.PolicyStatement(actions=["bedrock:ApplyGuardrail"], resources=["arn:aws:bedrock:::guardrail/gr1"])
    >>> [denial.sid for denial in ceiling.denials(right)]
    ['NothingElse', 'NowhereElse1']
    """

    def __init__(self) -> None:
        self._beyond: iam.PolicyStatement | None = None
        self._elsewhere: dict[tuple[str, ...], iam.PolicyStatement] = {}
        self._otherwise = 0

    def denials(self, right: iam.PolicyStatement) -> list[iam.PolicyStatement]:
        """Return the denials that a further right makes necessary; those returned before are widened as it is needed.

        Parameters
        ----------
        right
            A statement that is part of the role's policy; one that denies needs nothing more.

        Raises
        ------
        ValueError
            When the right has a condition whose opposite is not known here.
        """
        if right.effect != iam.Effect.ALLOW:
            return []
        new = []
        if self._beyond is None:
            self._beyond = iam.PolicyStatement(sid="NothingElse", effect=iam.Effect.DENY, resources=["*"])
            new.append(self._beyond)
        self._beyond.add_not_actions(*right.actions)
        if "*" not in right.resources:
            actions = tuple(right.actions)
            if actions not in self._elsewhere:
                sid = f"NowhereElse{len(self._elsewhere) + 1}"
                self._elsewhere[actions] = iam.PolicyStatement(sid=sid, effect=iam.Effect.DENY, actions=list(actions))
                new.append(self._elsewhere[actions])
            self._elsewhere[actions].add_not_resources(*right.resources)
        for operator, keys in right.conditions.items():
            new += [self._not(right, operator, key, values) for key, values in keys.items()]
        return new

    def _not(
        self, right: iam.PolicyStatement, operator: str, key: str, values: str | Sequence[str]
    ) -> iam.PolicyStatement:
        if operator not in _NEGATED:
            raise ValueError(f"{right.sid} has the condition {operator}, and what would deny its opposite is not known")
        self._otherwise += 1
        # A missing key meets `…IfExists`, and would meet the negated comparison too.
        there: Mapping[str, object] = {"Null": {key: "false"}} if operator.endswith("IfExists") else {}
        return iam.PolicyStatement(
            sid=f"NotOtherwise{self._otherwise}",
            effect=iam.Effect.DENY,
            actions=right.actions,
            resources=right.resources,
            conditions={_NEGATED[operator]: {key: values}, **there},
        )
