"""What a stack made, where other accounts' and repositories' code finds it without this kit's."""

from collections.abc import Mapping

from aws_cdk import aws_ssm as ssm
from constructs import Construct


class PublishedParameters(Construct):
    """SSM parameters below a common prefix, one a value: names and addresses, and nothing that is secret.

    Another stack reads one as ``{{resolve:ssm:/cloister/Cloister/atlas/base-url}}``, a program by ``ssm:GetParameter``.
    They are of the standard tier, which costs nothing, and not encrypted: whoever may read them in the account learns
    where an API is, and not how to call it.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    prefix
        What their names begin with, as in ``/cloister/Cloister/atlas``.
    values
        Value by name below the prefix.

    Raises
    ------
    ValueError
        When a name is no name below the prefix, or a value is empty, which SSM refuses.

    Example
    -------
    >>> published = PublishedParameters(
    ...     stack, "Published", prefix="/cloister/Cloister/atlas", values={"api-id": "a1b2c3d4e5"}
    ... )
    """

    def __init__(self, scope: Construct, construct_id: str, *, prefix: str, values: Mapping[str, str]) -> None:
        super().__init__(scope, construct_id)
        if not prefix.startswith("/") or prefix.endswith("/"):
            raise ValueError(f"{prefix!r} is no prefix: '/cloister/Cloister/atlas' would be one")
        #: Names of the parameters.
        self.names = [f"{prefix}/{name}" for name in values]
        for name, value in values.items():
            if not name or not value or "/" in name:
                raise ValueError(f"{prefix}/{name} needs one word as its name, and a value")
            ssm.StringParameter(self, name, parameter_name=f"{prefix}/{name}", string_value=value)
