"""What an administrator does with accounts, over the real database, also when two act at the same moment."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from istmo.app.home import Home
from istmo.installation.accounts import administration
from istmo.installation.accounts.administration import accept, find_invitation, invite, new_token
from istmo.installation.accounts.models import Invitation, User
from istmo.installation.accounts.roles import AccountRole
from istmo.installation.accounts.sessions import LINK_LASTS
from istmo.installation.audit.models import Event, EventKind, record
from istmo.model.errors import InvalidInput, NotFound

pytestmark = pytest.mark.usefixtures("committed_database")

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
PASSWORD = "cuatro palabras que nadie junta"


def made(username: str, role: AccountRole = AccountRole.ANALYST, *, password: str | None = PASSWORD) -> User:
    return User.objects.create_user(username, full_name=username.title(), role=role, password=password)


@pytest.fixture
def adela() -> User:
    return made("adela", AccountRole.ADMINISTRATOR)


@pytest.fixture
def berta() -> User:
    return made("berta", AccountRole.ADMINISTRATOR)


def invited(by: User | None, *, username: str = "ana", role: str = "analyst", member: str | None = None) -> str:
    token = new_token()
    invite(username=username, full_name="Ana Ejemplo", role=role, member=member, by=by, at=AT, token=token)
    return token


def acts(account: User) -> list[str]:
    return list(Event.objects.filter(object_id=str(account.pk)).values_list("kind", flat=True).order_by("at", "id"))


def test_an_invited_person_sets_the_password_once(adela: User) -> None:
    token = invited(adela)
    account = User.objects.get(username="ana")
    assert (account.state, account.account_role, account.created_by) == ("invited", AccountRole.ANALYST, adela)
    accept(token, password=PASSWORD, at=AT + timedelta(hours=1))
    account.refresh_from_db()
    assert account.state == "enabled"
    assert account.check_password(PASSWORD)
    with pytest.raises(NotFound, match="no longer works"):
        accept(token, password="otra frase larga y distinta", at=AT + timedelta(hours=2))
    account.refresh_from_db()
    assert account.check_password(PASSWORD)
    events = Event.objects.filter(object_id=str(account.pk)).order_by("at")
    assert [(event.kind, event.account) for event in events] == [
        ("account_invited", adela),
        ("invitation_accepted", account),
    ]
    assert events[0].codes == {"role": "analyst"}


def test_only_a_digest_of_the_link_is_stored(adela: User, installation: Home) -> None:
    token = invited(adela)
    with installation.app.connect() as app:
        rows = app.execute("SELECT i::text FROM accounts_invitation i").fetchall()
    assert len(rows) == 1
    assert token not in rows[0][0]


def test_a_link_ends_with_its_time_with_a_newer_link_and_with_its_account(adela: User) -> None:
    token = invited(adela)
    account = User.objects.get(username="ana")
    assert find_invitation(token, at=AT + LINK_LASTS - timedelta(seconds=1)) is not None
    assert find_invitation(token, at=AT + LINK_LASTS) is None
    newer = new_token()
    administration.give_new_link(account, by=adela, at=AT, token=newer)
    assert find_invitation(token, at=AT) is None
    administration.disable(account, by=adela, at=AT)
    assert find_invitation(newer, at=AT) is None
    administration.enable(account, by=adela, at=AT)
    assert find_invitation(newer, at=AT) is None


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(token=st.text(max_size=60))
def test_no_invented_link_opens_anything(token: str) -> None:
    assert find_invitation(token, at=AT) is None


def test_a_weak_password_is_refused_in_both_languages_and_the_link_stays_good(adela: User) -> None:
    token = invited(adela)
    with pytest.raises(InvalidInput) as refused:
        accept(token, password="corta", at=AT)
    assert "12" in refused.value.message.es
    assert "12" in refused.value.message.en
    assert refused.value.message.es != refused.value.message.en
    assert find_invitation(token, at=AT) is not None


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"username": "Á"}, "user name cannot be used"),
        ({"username": "a"}, "user name cannot be used"),
        ({"username": "ana banana"}, "user name cannot be used"),
        ({"username": "ADELA"}, "exists already"),
        ({"full_name": "  "}, "name is missing"),
        ({"role": "boss"}, "There is no role"),
        ({"role": "statistician"}, "State is missing"),
        ({"role": "statistician", "member": "XXX"}, "not a code of the list"),
        ({"role": "approver", "member": "PAN"}, "belongs to the Secretariat"),
        ({"role": "administrator", "member": "PAN"}, "belongs to the Secretariat"),
    ],
)
def test_an_invitation_that_cannot_be_is_refused_and_makes_nobody(
    adela: User, sent: dict[str, str], words: str
) -> None:
    good = {"username": "ana", "full_name": "Ana Ejemplo", "role": "analyst", "member": None}
    with pytest.raises(InvalidInput, match=words):
        invite(**{**good, **sent}, by=adela, at=AT, token=new_token())  # type: ignore[arg-type]
    assert User.objects.count() == 1
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("role", [role for role in AccountRole if role is not AccountRole.ADMINISTRATOR])
def test_no_other_role_administers(role: AccountRole, adela: User) -> None:
    other, target = made("otra", role), made("ana")
    steps: list[Callable[[], object]] = [
        lambda: invited(other, username="nueva"),
        lambda: administration.give_new_link(target, by=other, at=AT, token=new_token()),
        lambda: administration.change_role(target, "approver", member=None, by=other, at=AT),
        lambda: administration.disable(target, by=other, at=AT),
        lambda: administration.enable(target, by=other, at=AT),
        lambda: administration.reset_second_factor(target, by=other, at=AT),
    ]
    for step in steps:
        with pytest.raises(InvalidInput, match="does not allow managing"):
            step()
    assert not Event.objects.exists()


def test_nobody_administers_their_own_account(adela: User, berta: User) -> None:
    steps: list[Callable[[], object]] = [
        lambda: administration.give_new_link(adela, by=adela, at=AT, token=new_token()),
        lambda: administration.change_role(adela, "approver", member=None, by=adela, at=AT),
        lambda: administration.disable(adela, by=adela, at=AT),
        lambda: administration.reset_second_factor(adela, by=adela, at=AT),
    ]
    for step in steps:
        with pytest.raises(InvalidInput, match="their own account"):
            step()
    adela.refresh_from_db()
    assert adela.account_role is AccountRole.ADMINISTRATOR


def test_the_last_administrator_who_can_sign_in_stays_one(adela: User, berta: User) -> None:
    made("clara", AccountRole.ADMINISTRATOR, password=None)  # invited, never came
    administration.disable(berta, by=adela, at=AT)
    for step in (
        lambda: administration.disable(adela, by=None, at=AT),
        lambda: administration.change_role(adela, "reader", member=None, by=None, at=AT),
    ):
        with pytest.raises(InvalidInput, match="last account that administers"):
            step()
    adela.refresh_from_db()
    assert (adela.is_active, adela.account_role) == (True, AccountRole.ADMINISTRATOR)


def test_two_administrators_who_disable_each_other_do_not_both_succeed(adela: User, berta: User) -> None:
    start = threading.Barrier(2)
    refused: list[str] = []

    def act(by: User, on: User) -> None:
        start.wait()
        try:
            administration.disable(on, by=by, at=AT)
        except InvalidInput as error:
            refused.append(error.message.en)
        finally:
            connection.close()

    for _ in range(5):
        User.objects.update(is_active=True)
        refused.clear()
        both = [threading.Thread(target=act, args=pair) for pair in ((adela, berta), (berta, adela))]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join(timeout=30)
        assert len(refused) == 1
        assert User.objects.filter(is_active=True).count() == 1


def test_a_link_pressed_twice_at_once_works_once(adela: User) -> None:
    token, start = invited(adela), threading.Barrier(2)
    came: list[str] = []

    def press(password: str) -> None:
        start.wait()
        try:
            accept(token, password=password, at=AT)
            came.append(password)
        except NotFound:
            pass
        finally:
            connection.close()

    both = [threading.Thread(target=press, args=(f"{PASSWORD} {number}",)) for number in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(timeout=30)
    assert len(came) == 1
    assert User.objects.get(username="ana").check_password(came[0])


def session_of(account: User) -> SessionStore:
    store = SessionStore()
    store["kept"] = True
    store.save()
    UserSession.objects.create(user=account, session_key=store.session_key, ip="192.0.2.7", user_agent="x")
    return store


@pytest.mark.parametrize("step", ["role", "disable", "factor", "accept"])
def test_a_change_by_somebody_else_ends_the_accounts_sessions(adela: User, step: str) -> None:
    account, token = made("ana"), new_token()
    Authenticator.objects.create(user=account, type=Authenticator.Type.TOTP, data={"secret": "x"})
    administration.give_new_link(account, by=adela, at=AT, token=token)
    mine, theirs = session_of(adela), session_of(account)
    if step == "role":
        administration.change_role(account, "reader", member="PAN", by=adela, at=AT)
    elif step == "disable":
        administration.disable(account, by=adela, at=AT)
    elif step == "factor":
        administration.reset_second_factor(account, by=adela, at=AT)
    else:
        accept(token, password="otra frase larga y distinta", at=AT)
    assert not SessionStore().exists(theirs.session_key)
    assert SessionStore().exists(mine.session_key)


def test_a_reset_removes_every_factor_and_says_so_in_the_trail(adela: User) -> None:
    account = made("ana")
    for kind in (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES, Authenticator.Type.WEBAUTHN):
        Authenticator.objects.create(user=account, type=kind, data={})
    administration.reset_second_factor(account, by=adela, at=AT)
    assert not Authenticator.objects.filter(user=account).exists()
    event = Event.objects.get(kind=EventKind.FACTOR_RESET.value)
    assert (event.account, event.object_id, event.counts) == (adela, str(account.pk), {"factors": 3})
    with pytest.raises(InvalidInput, match="no second factor"):
        administration.reset_second_factor(account, by=adela, at=AT)


def test_every_step_has_its_event_and_a_step_that_changes_nothing_has_none(adela: User) -> None:
    account = made("ana")
    administration.change_role(account, "approver", member=None, by=adela, at=AT)
    administration.change_role(account, "approver", member=None, by=adela, at=AT)
    administration.disable(account, by=adela, at=AT)
    administration.disable(account, by=adela, at=AT)
    administration.enable(account, by=None, at=AT)
    administration.enable(account, by=None, at=AT)
    assert sorted(acts(account)) == ["account_disabled", "account_enabled", "role_changed"]
    changed = Event.objects.get(kind="role_changed")
    assert changed.codes == {"from": "analyst", "to": "approver"}


def test_a_step_whose_event_cannot_be_written_does_not_happen(adela: User, monkeypatch: pytest.MonkeyPatch) -> None:
    account = made("ana")

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("no trail")

    monkeypatch.setattr(administration, "record", broken)
    with pytest.raises(RuntimeError):
        administration.disable(account, by=adela, at=AT)
    account.refresh_from_db()
    assert account.is_active


def test_the_database_knows_a_name_in_any_case_only_once_and_one_open_link_an_account(adela: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(username="ADELA", full_name="X", role="reader")])
    invited(adela)
    held = Invitation.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(account=held.account, digest="0" * 64, made_at=AT, expires_at=AT + LINK_LASTS)


def test_an_event_holds_codes_and_counts_and_no_text() -> None:
    about = {"at": AT, "object_type": "account", "object_id": "1"}
    with pytest.raises(TypeError, match="codes, not text"):
        record(EventKind.SIGNED_IN, codes={"name": "Ana Ejemplo"}, **about)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="whole numbers"):
        record(EventKind.SIGNED_IN, counts={"n": "1"}, **about)  # type: ignore[arg-type, dict-item]


def test_the_trail_is_not_changed_or_removed_by_the_working_role(adela: User, installation: Home) -> None:
    invited(adela)
    with installation.app.connect() as app:
        for order in ("UPDATE audit_event SET codes = '{}'", "DELETE FROM audit_event"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(order)
