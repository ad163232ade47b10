"""One synthesis of each deployment for all tests: starting jsii and synthesising is what takes the time."""

from dataclasses import replace

import pytest

from tests.stacks.assembly import Assembly, Json
from tests.stacks.deployments import (
    ARCHIVES,
    ARCHIVING,
    BUDGET,
    BUDGETS,
    BUDGETS_ELSEWHERE,
    CHOICES,
    IMAGES,
    IMAGES_ELSEWHERE,
    MODES,
    OPENED,
    OPENED_ELSEWHERE,
    PINNED,
    PLACES,
    settings,
)


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The deployment with the account left open, as most are."""
    return Assembly.shared(tmp_path_factory, settings())


@pytest.fixture(scope="session")
def pinned(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Another Region, a pinned account, no data events, and a team that chose everything otherwise."""
    return Assembly.of(settings(PINNED, CHOICES), tmp_path_factory.mktemp("pinned"), checked=True)


@pytest.fixture(scope="session")
def modes(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """A deployment in each of the other modes of the network, with one team: one synthesis for all."""
    several = [settings({"name": name, **changes}) for name, changes in MODES.items()]
    return Assembly.of_several(
        [replace(each, teams=each.teams[1:]) for each in several], tmp_path_factory.mktemp("modes")
    )


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The deployment with buckets for images, and a team that may be given some of them."""
    return Assembly.of(settings(IMAGES, PLACES), tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The deployment whose network is opened to functions of the teams' own."""
    return Assembly.of(settings(OPENED), tmp_path_factory.mktemp("opened"))


@pytest.fixture(scope="session")
def opened_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The same in a VPC of others, without a team: what is opened is the network's."""
    several = [settings({"name": name, **changes}) for name, changes in OPENED_ELSEWHERE.items()]
    return Assembly.of_several(
        [replace(each, teams=()) for each in several], tmp_path_factory.mktemp("opened_elsewhere")
    )


@pytest.fixture(scope="session")
def pictures_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Deployments with images in other modes, Regions and partitions, with the team that may be given some."""
    several = [settings({"name": name, **changes}, PLACES) for name, changes in IMAGES_ELSEWHERE.items()]
    return Assembly.of_several(
        [replace(each, teams=each.teams[:1]) for each in several], tmp_path_factory.mktemp("pictures_elsewhere")
    )


@pytest.fixture(scope="session")
def budgets(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Deployments of which one team has a budget: in a VPC of its own, in one of others, and with a hub."""
    elsewhere = [settings({"name": name, **changes}, BUDGET) for name, changes in BUDGETS_ELSEWHERE.items()]
    several = [settings(BUDGETS, BUDGET), *(replace(each, teams=each.teams[:1]) for each in elsewhere)]
    return Assembly.of_several(several, tmp_path_factory.mktemp("budgets"))


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """A deployment in which one team's prompts and answers are archived, and the other's are not."""
    return Assembly.shared(tmp_path_factory, settings(ARCHIVES, ARCHIVING))


@pytest.fixture(scope="session")
def network(deployed: Assembly) -> Json:
    """Template of the network."""
    return deployed.templates["Cloister-Network"]


@pytest.fixture(scope="session")
def audit(deployed: Assembly) -> Json:
    """Template of the evidence."""
    return deployed.templates["Cloister-Audit"]


@pytest.fixture(scope="session")
def guardrails(deployed: Assembly) -> Json:
    """Template of the guardrail."""
    return deployed.templates["Cloister-Guardrails"]


@pytest.fixture(scope="session")
def token_team(deployed: Assembly) -> Json:
    """Template of the team whose callers bring tokens."""
    return deployed.templates["Cloister-Team-atlas"]


@pytest.fixture(scope="session")
def iam_team(deployed: Assembly) -> Json:
    """Template of the team whose callers sign."""
    return deployed.templates["Cloister-Team-beacon"]
