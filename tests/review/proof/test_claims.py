"""Each claim holds for a good deployment, and each defect is refuted by the claim that is about it, with a witness."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from review.assembly import AssemblyError
from review.finding import Status
from review.proof.claim import Proof, ProverError, Witness
from review.proof.claims import CLAIMS
from tests.review.proof.conftest import Templates, allow, deployed, document, get_att, good, resource, sub
from tests.review.spoiling import spoiled as spoil

Json = Any
Spoiled = Callable[[str, Callable[[Templates], object]], Proof]


def policy(templates: Templates, stack: str, id: str, name: str = "PolicyDocument") -> list[Json]:
    """Return the statements of a policy."""
    found: list[Json] = templates[stack]["Resources"][id]["Properties"][name]["Statement"]
    return found


def add(templates: Templates, stack: str, id: str, **parts: Json) -> None:
    """Change a resource's properties."""
    templates[stack]["Resources"][id]["Properties"].update(parts)


def more(*statements: Json) -> Callable[[Templates], object]:
    """Give a team's role more rights."""
    return lambda t: policy(t, "Atlas", "Rights").extend(statements)


def put(stack: str, id: str, body: Json) -> Callable[[Templates], object]:
    """Add a resource."""
    return lambda t: t[stack]["Resources"].update({id: body})


def drop(stack: str, id: str, name: str) -> Callable[[Templates], object]:
    """Take a property away."""
    return lambda t: t[stack]["Resources"][id]["Properties"].pop(name)


def change(stack: str, id: str, **parts: Json) -> Callable[[Templates], object]:
    """Change properties of a resource."""
    return lambda t: add(t, stack, id, **parts)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_every_claim_holds_for_a_good_deployment(claim: Any) -> None:
    proof = claim.prove(deployed(good()))
    assert (proof.status, proof.witness) == (Status.PASS, None), proof.found


MANTLE = "bedrock-mantle:CreateInference"
OTHERS_PROJECT = sub("arn:aws:bedrock-mantle:${AWS::Region}:${AWS::AccountId}:project/shared")
GEMMA = {"StringEquals": {"bedrock-mantle:Model": "gemma-a"}}
ADMIN = {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}
PERSON = document({"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole"})
ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}
ANYONE = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
ROOT = {"Principal": {"AWS": sub("arn:aws:iam::${AWS::AccountId}:root")}}
DELIVERER = resource(
    "IAM::Role",
    AssumeRolePolicyDocument=document(
        {"Effect": "Allow", "Principal": {"Service": "firehose.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ),
    Policies=[{"PolicyName": "deliver", "PolicyDocument": document(allow("s3:PutObject", "arn:aws:s3:::elsewhere/*"))}],
)
SIGNED = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
EGRESS = {"GroupId": get_att("Proxies", "GroupId"), "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


def both_share(templates: Templates) -> None:
    """Let two teams into one Project."""
    for stack in ("Atlas", "Beacon"):
        policy(templates, stack, "Rights").append(allow(MANTLE, OTHERS_PROJECT, Condition=GEMMA))


#: Claim, what is wrong, and whether a request shows it.
DEFECTS: dict[str, tuple[str, Callable[[Templates], object], bool]] = {
    "any action of mantle": ("model-calls", more(allow("bedrock-mantle:*")), True),
    "another model": ("model-calls", more(allow("bedrock:InvokeModel")), True),
    "an action by its wildcard": ("model-calls", more(allow("bedr*:Conver*"), allow("bedrock:Invoke*")), True),
    "an administrator": ("model-calls", put("Atlas", "Admin", resource("IAM::User", **ADMIN)), True),
    "all but a few": (
        "model-calls",
        more({"Effect": "Allow", "NotAction": ["s3:*", "kms:*"], "Resource": "*"}),
        True,
    ),
    "a policy that waits for somebody": (
        "model-calls",
        put("Atlas", "Waiting", resource("IAM::ManagedPolicy", PolicyDocument=document(allow(MANTLE)))),
        True,
    ),
    "a policy for a role that is there already": (
        "model-calls",
        put("Atlas", "For", resource("IAM::Policy", PolicyDocument=document(allow("bedrock:*")), Roles=["developer"])),
        True,
    ),
    "an inline policy for a role that is there already": (
        "model-calls",
        put("Atlas", "For", resource("IAM::RolePolicy", PolicyDocument=document(allow(MANTLE)), RoleName="developer")),
        True,
    ),
    "every Project": ("own-project", more(allow(MANTLE, Condition=GEMMA)), True),
    "Projects by a wildcard": (
        "own-project",
        more(allow(MANTLE, sub("arn:aws:bedrock-mantle:*:${AWS::AccountId}:project/*"), Condition=GEMMA)),
        True,
    ),
    "any model": ("own-project", more(allow(MANTLE, get_att("Project"))), True),
    "no model named": (
        "own-project",
        more(allow(MANTLE, get_att("Project"), Condition={"StringEqualsIfExists": GEMMA["StringEquals"]})),
        True,
    ),
    "one Project for two teams": (
        "own-project",
        both_share,
        False,
    ),
    "retention": ("nothing-changed", more(allow("bedrock-mantle:PutAccountDataRetention")), True),
    "the guardrail": ("nothing-changed", more(allow("bedrock:UpdateGuardrail")), True),
    "keys": ("nothing-changed", more(allow("kms:Sched*")), True),
    "the trail": ("nothing-changed", more(allow("cloudtrail:StopLogging")), True),
    "its own rights": ("nothing-changed", more(allow("iam:PutRolePolicy", get_att("Role"))), True),
    "a queue as a courier": ("nothing-changed", more(allow("sqs:SendMessage")), True),
    "a denial that leaves a way": (
        "ways-round-denied",
        lambda t: policy(t, "Denials", "Denial")[1]["Action"].remove("bedrock:InvokeModel"),
        True,
    ),
    "a denial that leaves a function's code": (
        "ways-round-denied",
        lambda t: policy(t, "Denials", "Denial")[1]["Action"].remove("lambda:UpdateFunctionCode"),
        True,
    ),
    "no denial at all": ("ways-round-denied", lambda t: t.pop("Denials"), False),
    "a role for another account": (
        "roles-are-taken-by-named",
        put("Atlas", "Auditor", resource("IAM::Role", AssumeRolePolicyDocument=PERSON)),
        True,
    ),
    "a role for anybody": (
        "roles-are-taken-by-named",
        put("Atlas", "Auditor", resource("IAM::Role", AssumeRolePolicyDocument=document(ANYONE))),
        True,
    ),
    "a role for everybody of the account": (
        "roles-are-taken-by-named",
        put("Atlas", "Auditor", resource("IAM::Role", AssumeRolePolicyDocument=document({**ANYONE, **ROOT}))),
        False,
    ),
    "a role for two services": (
        "roles-are-taken-by-named",
        lambda t: policy(t, "Atlas", "Role", "AssumeRolePolicyDocument").append(
            {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ),
        False,
    ),
    "a role by any action": (
        "roles-are-taken-by-named",
        lambda t: policy(t, "Atlas", "Role", "AssumeRolePolicyDocument")[0].update(Action="sts:*"),
        False,
    ),
    "a table for everybody": (
        "evidence-stays",
        put(
            "Atlas",
            "Table",
            resource(
                "DynamoDB::Table",
                ResourcePolicy={"PolicyDocument": document({**ANYBODY, "Action": "dynamodb:GetItem"})},
            ),
        ),
        True,
    ),
    "a stream's role that writes elsewhere": (
        "nothing-changed",
        put("Atlas", "Deliver", DELIVERER),
        True,
    ),
    "a key for everybody": ("evidence-stays", lambda t: policy(t, "Network", "Key", "KeyPolicy").append(ANYBODY), True),
    "a key for another account": (
        "evidence-stays",
        lambda t: policy(t, "Network", "Key", "KeyPolicy").append({**ANYBODY, "Principal": {"AWS": "*"}}),
        True,
    ),
    "a service that ends a key": (
        "evidence-stays",
        lambda t: policy(t, "Network", "Key", "KeyPolicy").append(
            {**ANYBODY, "Principal": {"Service": "logs.amazonaws.com"}, "Action": "kms:ScheduleKeyDeletion"}
        ),
        True,
    ),
    "a key without a policy": ("evidence-stays", drop("Network", "Key", "KeyPolicy"), False),
    "an endpoint without a policy": ("endpoints-closed", drop("Network", "Mantle", "PolicyDocument"), False),
    "an endpoint for everybody": (
        "endpoints-closed",
        lambda t: policy(t, "Network", "Mantle")[0].pop("Condition"),
        True,
    ),
    "an endpoint to everywhere": (
        "endpoints-closed",
        lambda t: policy(t, "Network", "Mantle")[0].update(Resource="*"),
        True,
    ),
    "a gateway": ("network-closed", put("Network", "Way", resource("EC2::InternetGateway")), False),
    "a NAT gateway": ("network-closed", put("Network", "Nat", resource("EC2::NatGateway")), False),
    "a peering": ("network-closed", put("Network", "Peer", resource("EC2::VPCPeeringConnection")), False),
    "a route": (
        "network-closed",
        put("Network", "Way", resource("EC2::Route", DestinationCidrBlock="0.0.0.0/0", NatGatewayId="nat-1")),
        False,
    ),
    "an open group": ("network-closed", drop("Network", "Proxies", "SecurityGroupEgress"), False),
    "a range to go out to": (
        "network-closed",
        put("Network", "Out", resource("EC2::SecurityGroupEgress", CidrIp="0.0.0.0/0", **EGRESS)),
        False,
    ),
    "another port": ("network-closed", change("Network", "ToMantle", FromPort=53, ToPort=53), False),
    "an open ACL": ("network-closed", change("Network", "Out", CidrBlock="0.0.0.0/0"), False),
    "public addresses": ("network-closed", change("Network", "Subnet", MapPublicIpOnLaunch=True), False),
    "somebody's endpoint service": (
        "network-closed",
        change("Network", "Door", ServiceName="vpce.amazonaws.com.vpce-svc-1"),
        False,
    ),
    "a function outside": ("network-closed", drop("Atlas", "Proxy", "VpcConfig"), False),
    "an API for the internet": (
        "api-callers",
        change("Atlas", "Api", EndpointConfiguration={"Types": ["REGIONAL"]}),
        False,
    ),
    "no authorization": ("api-callers", change("Atlas", "Method", AuthorizationType="NONE"), False),
    "an authorizer taken away": ("api-callers", change("Atlas", "Method", AuthorizationType="CUSTOM"), False),
    "an API without a policy": ("api-callers", drop("Atlas", "Api", "Policy"), False),
    "silence about others": ("api-callers", lambda t: policy(t, "Atlas", "Api", "Policy").pop(2), True),
    "another endpoint": ("api-callers", lambda t: policy(t, "Atlas", "Api", "Policy").pop(1), True),
    "an API for everybody": (
        "api-callers",
        change("Atlas", "Api", Policy=document({**SIGNED, "Principal": "*"})),
        True,
    ),
    "a function URL": (
        "through-the-proxy",
        put("Atlas", "Url", resource("Lambda::Url", TargetFunctionArn=get_att("Proxy"), AuthType="NONE")),
        False,
    ),
    "an event source": (
        "through-the-proxy",
        put("Atlas", "Source", resource("Lambda::EventSourceMapping", FunctionName=get_att("Proxy"))),
        False,
    ),
    "anybody invokes": ("through-the-proxy", change("Atlas", "Permission", Principal="*"), False),
    "any API invokes": ("through-the-proxy", drop("Atlas", "Permission", "SourceArn"), False),
    "a person takes the role on": (
        "through-the-proxy",
        change("Atlas", "Role", AssumeRolePolicyDocument=PERSON),
        False,
    ),
    "another way from the API": (
        "through-the-proxy",
        change("Atlas", "Method", Integration={"Type": "HTTP_PROXY", "Uri": "https://example.com"}),
        False,
    ),
    "a second function": (
        "through-the-proxy",
        put("Atlas", "Second", resource("Lambda::Function", Role=get_att("Role"))),
        False,
    ),
    "no guardrail": ("through-the-proxy", lambda t: policy(t, "Atlas", "Rights").pop(1), False),
    "the role at another function": ("through-the-proxy", lambda t: policy(t, "Atlas", "Rights").pop(3), True),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_refuted(name: str, spoiled: Spoiled) -> None:
    claim, spoil, shown = DEFECTS[name]
    proof = spoiled(claim, spoil)
    assert proof.status is Status.FAIL, f"{proof.status}: {proof.found}"
    assert (proof.witness is not None) is shown
    assert proof.finding().cure
    assert json.dumps(proof.as_json())


@pytest.mark.parametrize(
    ("claim", "spoil", "why"),
    [
        ("model-calls", more(allow({"Ref": "Given"})), "the parameter 'Given'"),
        ("model-calls", more(allow({"Fn::If": ["Some", "a:B", "c:D"]})), "Fn::If"),
        (
            "model-calls",
            more(
                allow("s3:GetObject", "arn:aws:s3:::${aws:username}/*"),
                allow("bedrock:*", "arn:aws:bedrock:::${aws:username}"),
            ),
            "a policy variable",
        ),
        (
            "model-calls",
            change("Atlas", "Role", ManagedPolicyArns=["arn:aws:iam::aws:policy/Unheard"]),
            "not known here",
        ),
        ("model-calls", more(allow("bedrock:*", Conditions={})), "an element 'Conditions'"),
        ("network-closed", put("Network", "New", resource("Frontier::Agent")), "AWS::Frontier::Agent"),
        (
            "ways-round-denied",
            lambda t: policy(t, "Denials", "Denial")[0].update(Condition={"ArnNotLike": {"aws:PrincipalArn": "*"}}),
            "except everybody",
        ),
        (
            "evidence-stays",
            lambda t: policy(t, "Network", "Key", "KeyPolicy")[0].pop("Principal"),
            "names no principals",
        ),
    ],
)
def test_what_cannot_be_read_is_undecided(claim: str, spoil: Any, why: str, spoiled: Spoiled) -> None:
    def both(templates: Templates) -> None:
        templates["Atlas"]["Parameters"] = {"Given": {"Type": "String"}}
        spoil(templates)

    proof = spoiled(claim, both)
    assert proof.status is Status.UNDECIDED, proof.found
    assert why in proof.found


def test_an_organisation_that_an_endpoint_names_may_pass(spoiled: Spoiled) -> None:
    def name(key: str, value: str) -> Callable[[Templates], object]:
        return lambda t: policy(t, "Network", "Door")[0].update(Condition={"StringEquals": {key: value}})

    assert spoiled("endpoints-closed", name("aws:PrincipalOrgID", "o-1")).status is Status.PASS
    assert spoiled("endpoints-closed", name("aws:SourceVpc", "vpc-1")).status is Status.FAIL


def test_a_claim_about_nothing_is_not_applicable() -> None:
    nothing = deployed({"Data": {"Resources": {"Table": resource("DynamoDB::Table")}}})
    assert {claim.prove(nothing).status for claim in CLAIMS} == {Status.NOT_APPLICABLE}


def test_a_witness_that_the_evaluator_does_not_confirm_is_no_witness() -> None:
    case = {"request": {"principal": "anonymous", "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"}}
    assert Witness(case, "it says", verdict="implicitly-denied").checked()
    with pytest.raises(ProverError, match="implicitly-denied"):
        Witness(case, "it says").checked()


def test_a_proof_says_what_it_takes_for_granted_and_what_it_does_not_say() -> None:
    for claim in CLAIMS:
        found = claim.prove(deployed(good())).as_json()
        assert len(found["assumptions"]) >= 3
        assert found["says_nothing_of"]
        assert found["source"].startswith("https://")


def test_whatever_stands_in_a_template_there_is_a_verdict_and_no_crash() -> None:
    found: set[Status] = set()
    for number in range(60):
        try:
            templates = deployed(spoil(good(), number, depth=3))
            found.update(claim.prove(templates).status for claim in CLAIMS)
        except AssemblyError:
            continue
    assert found == {Status.PASS, Status.FAIL, Status.UNDECIDED}
