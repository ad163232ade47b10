"""The names that policies speak of, each of which says where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BOOTSTRAP_QUALIFIER", "Names", "role_path"]

#: Part of the names of the roles that ``cdk bootstrap`` makes, unless it is told another
#: (https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html).
BOOTSTRAP_QUALIFIER = "hnb659fds"


def role_path(name: str, kind: str) -> str:
    """Return the IAM path of a deployment's roles of one kind, by which policies know them.

    A path is part of a role's ARN, and cannot be changed after the role is made.

    Parameters
    ----------
    name
        Name of the deployment.
    kind
        ``proxy`` or ``authorizer``; ``extension/`` and a team's name for the roles of its own class.

    Examples
    --------
    >>> role_path("Cloister", "proxy")
    '/cloister/Cloister/proxy/'
    """
    return f"/cloister/{name}/{kind}/"


@dataclass(frozen=True, slots=True)
class Names:
    """A deployment, as policies name it.

    Attributes
    ----------
    name
        Name of the deployment: prefix of its stacks, and so of its functions and log groups.
    account, region, partition
        Where it is.
    administrators
        ARNs of the roles that may change it by hand.
    qualifier
        The qualifier that the account was bootstrapped with.
    beside
        Names of other deployments in the same account and Region.
    """

    name: str
    account: str
    region: str
    partition: str = "aws"
    administrators: tuple[str, ...] = ()
    qualifier: str = BOOTSTRAP_QUALIFIER
    beside: tuple[str, ...] = ()

    def iam(self, resource: str) -> str:
        """Return an ARN of this account's IAM."""
        return f"arn:{self.partition}:iam::{self.account}:{resource}"

    def regional(self, service: str, resource: str) -> str:
        """Return an ARN of this account and Region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    @property
    def proxies(self) -> str:
        """The roles that may call a model: those of the proxies of all teams.

        Examples
        --------
        >>> Names("Cloister", "111122223333", "us-east-1").proxies
        'arn:aws:iam::111122223333:role/cloister/Cloister/proxy/*'
        """
        return self.iam(f"role{role_path(self.name, 'proxy')}*")

    @property
    def auditors(self) -> str:
        """The role of the auditors, should there be one.

        Examples
        --------
        >>> Names("Cloister", "111122223333", "us-east-1").auditors
        'arn:aws:iam::111122223333:role/cloister-auditors/Cloister/*'
        """
        return self.iam(f"role/cloister-auditors/{self.name}/*")

    @property
    def every_proxy(self) -> str | list[str]:
        """The roles that may call a model in this account and Region: of this deployment, and of those beside it.

        Examples
        --------
        >>> Names("dev", "111122223333", "us-east-1", beside=("prod",)).every_proxy[1]
        'arn:aws:iam::111122223333:role/cloister/prod/proxy/*'
        """
        others = [self.iam(f"role{role_path(name, 'proxy')}*") for name in self.beside]
        return [self.proxies, *others] if others else self.proxies

    def extensions(self, team: str) -> str:
        """Return the roles of the functions that a team's own class makes.

        Examples
        --------
        >>> Names("Cloister", "111122223333", "us-east-1").extensions("legal")
        'arn:aws:iam::111122223333:role/cloister/Cloister/extension/legal/*'
        """
        return self.iam(f"role{role_path(self.name, f'extension/{team}')}*")

    @property
    def roles(self) -> str:
        """All roles of the deployment's functions."""
        return self.iam(f"role/cloister/{self.name}/*")

    @property
    def policies(self) -> str:
        """All managed policies of the deployment."""
        return self.iam(f"policy/cloister/{self.name}/*")

    @property
    def boundary(self) -> str:
        """The permissions boundary of other roles, once somebody made it from the document."""
        return self.iam(f"policy/cloister/{self.name}/permissions-boundary")

    @property
    def deployer(self) -> str:
        """The role that CloudFormation deploys with."""
        return self.iam(f"role/cdk-{self.qualifier}-cfn-exec-role-{self.account}-{self.region}")

    @property
    def deployers(self) -> list[str]:
        """Who may change the deployment: CloudFormation, and the administrators."""
        return [self.deployer, *self.administrators]

    @property
    def functions(self) -> str:
        """All functions of the deployment."""
        return self.regional("lambda", f"function:{self.name}-*")

    @property
    def log_groups(self) -> list[str]:
        """Log groups: those that CloudFormation names after a stack, and those that API Gateway demands the name of."""
        groups = (f"log-group:{self.name}-*", "log-group:API-Gateway-Execution-Logs_*")
        return [self.regional("logs", group) for group in groups]

    @property
    def buckets(self) -> str:
        """Buckets of the deployment, and what is in them: a bucket is named after its stack, and `*` matches `/`."""
        return f"arn:{self.partition}:s3:::{self.name.lower()}-audit-*"

    @property
    def ledgers(self) -> str:
        """Tables of the teams' budgets: CloudFormation names a table after its stack.

        Examples
        --------
        >>> Names("Cloister", "111122223333", "us-east-1").ledgers
        'arn:aws:dynamodb:us-east-1:111122223333:table/Cloister-Team-*'
        """
        return self.regional("dynamodb", f"table/{self.name}-Team-*")

    @property
    def key_aliases(self) -> str:
        """Aliases of the keys of the deployment, by which the keys are known."""
        return f"alias/{self.name.lower()}/*"
