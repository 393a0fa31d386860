"""How is a published month withdrawn? One person proposes it and says why, another confirms or drops it.

The address of the edition stays and says when and why it was withdrawn; its figures are shown there no more, and the
list of briefs names it as withdrawn. What was published stays in the store. A withdrawal is not undone: what is right
comes out as a new edition, whose correction notice says so.

    proposed = propose(edition, es=..., en=..., account=analyst, at=now)
    confirm(proposed, account=approver, at=now)
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from istmo.hub.briefs.models import BriefEdition, Withdrawal
from istmo.hub.refusal import refused
from istmo.installation.accounts.permissions import PERMISSIONS, Act
from istmo.installation.accounts.roles import AccountRole
from istmo.installation.audit.models import EventKind, record
from istmo.model.text import Text
from istmo.statistics.brief.values import BriefState

PROPOSERS = PERMISSIONS[Act.WITHDRAW]


def withdrawal_of(edition: BriefEdition) -> Withdrawal | None:
    """The withdrawal of the edition, proposed or confirmed; None where there is none."""
    return edition.withdrawals.filter(dropped_at__isnull=True).first()


def propose(edition: BriefEdition, *, es: str, en: str, account: Any, at: datetime) -> Withdrawal:
    """Ask for the withdrawal of a published edition; the texts say to the reader why."""
    es, en = es.strip(), en.strip()
    with transaction.atomic():
        held = BriefEdition.objects.select_for_update().get(pk=edition.pk)
        if account.account_role not in PROPOSERS:
            raise refused(
                Text("Proponen retirar un informe quienes analizan o aprueban.", "Analysts and approvers propose it."),
                Text("Entre con la cuenta que corresponde.", "Sign in with the account concerned."),
            )
        if held.brief_state is not BriefState.PUBLISHED:
            raise refused(
                Text("Solo se retira una edición publicada.", "Only a published edition is withdrawn."),
                Text("Devuelva el borrador a quien lo analiza.", "Send the draft back to its analyst."),
            )
        if withdrawal_of(held) is not None:
            raise refused(
                Text("Ya se propuso retirar esta edición.", "The withdrawal of this edition is proposed already."),
                Text("Otra persona la confirma o la descarta.", "Another person confirms or drops it."),
            )
        if not es or not en:
            raise refused(
                Text("Falta la razón en español o en inglés.", "The reason is missing in Spanish or in English."),
                Text("Escriba los dos textos.", "Write both texts."),
            )
        made = Withdrawal.objects.create(edition=held, es=es, en=en, proposed_by=account, proposed_at=at)
        _record(EventKind.BRIEF_WITHDRAWAL_PROPOSED, made, account=account, at=at)
    return made


def confirm(withdrawal: Withdrawal, *, account: Any, at: datetime) -> Withdrawal:
    """Withdraw the edition; another person than the one who proposed it, with the role of an approver."""
    with transaction.atomic():
        held = _open(withdrawal)
        if account.account_role is not AccountRole.APPROVER:
            raise refused(
                Text("Retira un informe quien aprueba.", "An approver withdraws a brief."),
                Text("Entre con la cuenta que corresponde.", "Sign in with the account concerned."),
            )
        if held.proposed_by_id == account.pk:
            raise refused(
                Text(
                    "Confirma una persona distinta de la que lo propuso.", "Another person than the proposer confirms."
                ),
                Text("Pida la confirmación a otra cuenta.", "Ask another account to confirm."),
            )
        held.confirmed_by, held.confirmed_at = account, at
        held.save(update_fields=["confirmed_by", "confirmed_at"])
        _record(EventKind.BRIEF_WITHDRAWN, held, account=account, at=at)
    return held


def drop(withdrawal: Withdrawal, *, account: Any, at: datetime) -> Withdrawal:
    """Leave the edition published; the proposal is kept."""
    with transaction.atomic():
        held = _open(withdrawal)
        if account.account_role not in PROPOSERS:
            raise refused(
                Text("La descartan quienes analizan o aprueban.", "Analysts and approvers drop it."),
                Text("Entre con la cuenta que corresponde.", "Sign in with the account concerned."),
            )
        held.dropped_by, held.dropped_at = account, at
        held.save(update_fields=["dropped_by", "dropped_at"])
        _record(EventKind.BRIEF_WITHDRAWAL_DROPPED, held, account=account, at=at)
    return held


def _open(withdrawal: Withdrawal) -> Withdrawal:
    held = Withdrawal.objects.select_for_update().get(pk=withdrawal.pk)
    if held.confirmed_at is not None or held.dropped_at is not None:
        raise refused(
            Text("Ya se decidió sobre esta propuesta.", "This proposal is decided already."),
            Text("Vea la edición de nuevo.", "Look at the edition again."),
        )
    return held


def _record(kind: EventKind, withdrawal: Withdrawal, *, account: Any, at: datetime) -> None:
    record(kind, at=at, account=account, object_type="brief", object_id=str(withdrawal.edition))
