"""Who may do what, as a person reads it. The table below is written by hand; the program's must be the same."""

from types import SimpleNamespace

import pytest

from istmo.hub.briefs.workflow import OWNERS
from istmo.installation.accounts.permissions import PERMISSIONS, READING, SENSITIVE, Act, may, needs_second_factor
from istmo.installation.accounts.roles import AccountRole
from istmo.statistics.brief.values import BriefState

# An account of the Secretariat:
#                     reader  statistician  analyst  approver  administrator
TABLE = """
own_account           yes     yes           yes      yes       yes
read_workbench        yes     yes           yes      yes       yes
read_briefs           yes     -             yes      yes       -
submit                -       yes           yes      -         -
decide_submission     -       -             yes      yes       -
decide_mapping        -       yes           yes      -         -
install_profile       -       yes           -        -         -
comment               -       -             yes      -         -
reply                 -       yes           -        -         -
approve               -       -             -        yes       -
publish               -       -             -        yes       -
withdraw              -       -             yes      yes       -
manage_accounts       -       -             -        -         yes
read_audit            -       -             -        yes       yes
name_focal_point      -       yes           yes      -         yes
propose_release       -       yes           yes      -         -
release               -       -             -        yes       -
read_protection       -       yes     yes           yes      -
manage_exchange       -       -             -        yes       yes
read_agreements       yes     yes           yes      yes       yes
simulate              -       -             yes      yes       yes
"""

# An account of a State, whatever its role would allow at the Secretariat:
#                     reader  statistician  analyst  approver  administrator
OF_A_STATE = """
own_account           yes     yes           yes      yes       yes
read_workbench        yes     yes           yes      yes       yes
read_briefs           -       -             -        -         -
submit                -       yes           yes      -         -
decide_submission     -       -             -        -         -
decide_mapping        -       yes           yes      -         -
install_profile       -       yes           -        -         -
comment               -       -             -        -         -
reply                 -       yes           -        -         -
approve               -       -             -        -         -
publish               -       -             -        -         -
withdraw              -       -             -        -         -
manage_accounts       -       -             -        -         -
read_audit            -       -             -        -         -
name_focal_point      -       yes           yes      -         yes
propose_release       -       -             -        -         -
release               -       -             -        -         -
read_protection       -       -       -             -        -
manage_exchange       -       -             -        -         -
read_agreements       yes     yes           yes      yes       yes
simulate              -       -             -        -         -
"""


def read(table: str) -> dict[str, list[str]]:
    return {act: cells for act, *cells in (line.split() for line in table.strip().splitlines())}


def account(role: AccountRole, *, member: str | None = None, active: bool = True) -> SimpleNamespace:
    return SimpleNamespace(is_authenticated=True, is_active=active, account_role=role, member=member)


@pytest.mark.parametrize("act", Act)
def test_each_role_of_the_secretariat_may_what_the_table_says_and_nothing_else(act: Act) -> None:
    assert ["yes" if may(account(role), act) else "-" for role in AccountRole] == read(TABLE)[act]


@pytest.mark.parametrize("act", Act)
def test_an_account_of_a_state_never_does_what_belongs_to_the_secretariat(act: Act) -> None:
    found = ["yes" if may(account(role, member="PAN"), act) else "-" for role in AccountRole]
    assert found == read(OF_A_STATE)[act]


def test_every_act_has_its_row_and_its_title_in_both_languages() -> None:
    assert set(read(TABLE)) == set(read(OF_A_STATE)) == set(PERMISSIONS) == set(Act)
    assert all(act.title.es and act.title.en and act.title.es != act.title.en for act in Act)


def test_a_visitor_and_a_disabled_account_may_do_nothing() -> None:
    visitor = SimpleNamespace(is_authenticated=False)
    assert not any(may(visitor, act) for act in Act)
    assert not any(may(account(role, active=False), act) for role in AccountRole for act in Act)


def test_every_role_but_the_reader_needs_a_second_factor() -> None:
    needing = [role for role in AccountRole if needs_second_factor(role)]
    assert needing == [role for role in AccountRole if role is not AccountRole.READER]


def test_what_cannot_be_undone_wants_a_fresh_confirmation_and_reading_never_does() -> None:
    assert {Act.PUBLISH, Act.WITHDRAW, Act.MANAGE_ACCOUNTS} == SENSITIVE
    assert not SENSITIVE & READING


def test_nobody_writes_the_analysis_and_approves_it_whatever_their_role() -> None:
    both = [role for role in AccountRole if may(account(role), Act.COMMENT) and may(account(role), Act.APPROVE)]
    assert both == []


def test_who_administers_touches_no_figure_and_no_brief() -> None:
    may_do = {act for act in Act if may(account(AccountRole.ADMINISTRATOR), act)}
    technical = {Act.OWN_ACCOUNT, Act.READ_WORKBENCH, Act.MANAGE_ACCOUNTS, Act.READ_AUDIT, Act.MANAGE_EXCHANGE}
    assert may_do == technical | {Act.NAME_FOCAL_POINT, Act.READ_AGREEMENTS, Act.SIMULATE}


@pytest.mark.parametrize(
    ("state", "act"),
    [(BriefState.DRAFT, Act.COMMENT), (BriefState.ANALYSED, Act.APPROVE), (BriefState.APPROVED, Act.PUBLISH)],
)
def test_the_steps_of_a_brief_belong_to_the_roles_of_the_table(state: BriefState, act: Act) -> None:
    assert PERMISSIONS[act] == {OWNERS[state]}
