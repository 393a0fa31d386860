"""What left, what came, what ended undelivered and why, what needs a person, and whether each peer can be reached."""

from collections.abc import Sequence
from datetime import UTC, datetime
from random import SystemRandom
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from istmo.exchange.manifest import Kind
from istmo.exchange.trial import Case
from istmo.installation.alarms.models import Alarm, AlarmKind, close
from istmo.installation.audit.models import EventKind, record
from istmo.installation.delivery.models import LOST, Inbound, Outbound
from istmo.installation.delivery.outbox import try_again
from istmo.installation.delivery.peers import examine
from istmo.installation.delivery.point import AccessPoint, access_point
from istmo.installation.delivery.proof import evidence_of
from istmo.installation.delivery.states import DeliveryState, reason_text
from istmo.installation.delivery.trials import Trial, ask, latest, send_tests
from istmo.installation.evidence.models import Leaf, PeerInclusion
from istmo.installation.evidence.proving import head
from istmo.model.codes import codelist
from istmo.model.errors import IstmoError, NotFound, Unavailable
from istmo.model.text import Text
from istmo.web.common.language import current
from istmo.web.common.permissions import Act, may, requires

PER_PAGE = 50
SIZES = (5, 50, 200)
"""Questions of each case in a trial."""
KINDS = {
    Kind.SUBMISSION: Text(es="Envío de estadística", en="Submission of statistics"),
    Kind.SUBMISSION_ANSWER: Text(es="Respuesta a un envío", en="Answer to a submission"),
    Kind.TEST: Text(es="Prueba", en="Test"),
    Kind.SUSPENSION: Text(es="Suspensión de un acuerdo", en="Suspension of an agreement"),
    Kind.DENUNCIATION: Text(es="Denuncia de un acuerdo", en="Denunciation of an agreement"),
    Kind.HEAD: Text(es="Cabeza de un registro", en="Head of a log"),
    Kind.TRIAL_QUESTION: Text(es="Pregunta de prueba", en="Trial question"),
    Kind.TRIAL_ANSWER: Text(es="Respuesta a una pregunta de prueba", en="Answer to a trial question"),
    Kind.RESTORATION: Text(es="Aviso de restauración", en="Notice of a restoration"),
    Kind.RESTORATION_ANSWER: Text(es="Cuenta de lo intercambiado", en="Account of what was exchanged"),
}
OUTCOMES = {
    "accepted": Text(es="Aceptado", en="Accepted"),
    "duplicate": Text(es="Ya recibido", en="Received before"),
    "refused": Text(es="No admitido", en="Refused"),
    LOST: Text(es="Anterior a la restauración: su contenido no está aquí", en="From before the restoration: not here"),
}


@require_safe
@requires(Act.READ_AUDIT)
def index(request: HttpRequest) -> HttpResponse:
    """Messages on their way out, the newest first; `state` narrows them."""
    state = request.GET.get("state", "")
    found = Outbound.objects.defer("payload", "nonce", "envelope").order_by("-id")
    if state in list(DeliveryState):
        found = found.filter(state=state)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **_frame(request, "sent"),
        "page": page,
        "rows": [(one, KINDS[Kind(one.kind)], reason_text(one.reason) if one.reason else None) for one in page],
        "states": tuple(DeliveryState),
        "state": state,
        "query_kept": f"state={state}&" if state else "",
    }
    return render(request, "istmo/exchange/sent.html", context)


@require_safe
@requires(Act.READ_AUDIT)
def received(request: HttpRequest) -> HttpResponse:
    page = Paginator(Inbound.objects.select_related("content"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **_frame(request, "received"),
        "page": page,
        "rows": [(one, KINDS[Kind(one.kind)], OUTCOMES[one.outcome], getattr(one, "content", None)) for one in page],
    }
    return render(request, "istmo/exchange/received.html", context)


@require_safe
@requires(Act.READ_AUDIT)
def message(request: HttpRequest, message_id: str) -> HttpResponse:
    sent = _sent(message_id)
    came = list(Inbound.objects.filter(message_id=message_id).order_by("id"))
    if sent is None and not came:
        raise Http404
    kind = sent.kind if sent is not None else came[0].kind
    context = {
        **_frame(request, "sent" if sent is not None else "received"),
        "message_id": message_id,
        "kind": KINDS[Kind(kind)],
        "sent": sent,
        "purpose": _purpose(sent),
        "reason": reason_text(sent.reason) if sent is not None and sent.reason else None,
        "receipts": [(one, OUTCOMES[one.outcome]) for one in sent.receipts.all()] if sent is not None else [],
        "came": [(one, OUTCOMES[one.outcome]) for one in came],
        "leaves": Leaf.objects.filter(message_id=message_id).defer("text"),
        "proofs": PeerInclusion.objects.filter(message_id=message_id).defer("path", "head"),
        "can_retry": sent is not None
        and sent.delivery_state is DeliveryState.DEAD
        and may(request.user, Act.MANAGE_EXCHANGE),
    }
    return render(request, "istmo/exchange/message.html", context)


@require_POST
@requires(Act.MANAGE_EXCHANGE)
def retry(request: HttpRequest, message_id: UUID) -> HttpResponse:
    try:
        try_again(message_id, account=request.user, at=datetime.now(UTC), point=access_point())
    except Outbound.DoesNotExist as error:
        raise Http404 from error
    except IstmoError as error:
        messages.error(request, error.in_(current()))
    else:
        messages.success(request, _("The message waits in the outbox again and leaves on its own."))
    return redirect("exchange-message", message_id=str(message_id))


@require_safe
@requires(Act.READ_AUDIT)
def evidence(request: HttpRequest, message_id: str) -> HttpResponse:
    """The package of evidence, to be kept or shown to a third party."""
    try:
        package = evidence_of(access_point(), message_id, account=request.user, at=datetime.now(UTC))
    except NotFound as error:
        raise Http404 from error
    except Unavailable as error:
        messages.error(request, error.in_(current()))
        return redirect("exchange-message", message_id=message_id)
    response = HttpResponse(package.as_json(), content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="evidence-{message_id}.json"'
    return response


@require_safe
@requires(Act.READ_AUDIT)
def alarms(request: HttpRequest) -> HttpResponse:
    still = Alarm.objects.filter(closed_at__isnull=True)
    past = Alarm.objects.filter(closed_at__isnull=False).select_related("closed_by").order_by("-closed_at")
    context = {
        **_frame(request, "alarms"),
        "open": [(one, _said(one)) for one in still[:PER_PAGE]],
        "more": max(still.count() - PER_PAGE, 0),
        "past": past[:PER_PAGE],
        "can_close": may(request.user, Act.MANAGE_EXCHANGE),
    }
    return render(request, "istmo/exchange/alarms.html", context)


@require_POST
@requires(Act.MANAGE_EXCHANGE)
def close_alarm(request: HttpRequest, alarm_id: UUID) -> HttpResponse:
    alarm, at = Alarm.objects.filter(pk=alarm_id).first(), datetime.now(UTC)
    if alarm is None:
        raise Http404
    if close(alarm, account=request.user, at=at):
        kind = {"kind": alarm.kind}
        record(
            EventKind.ALARM_CLOSED,
            at=at,
            account=request.user,
            object_type="alarm",
            object_id=str(alarm.pk),
            codes=kind,
        )
        messages.success(request, _("The alarm was closed. It opens again if its cause comes back."))
    else:
        messages.error(request, _("The alarm was closed already."))
    return redirect("exchange-alarms")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.MANAGE_EXCHANGE)
def peers(request: HttpRequest) -> HttpResponse:
    """Every peer with its last receipt; with POST, one is asked for itself now."""
    point = _point()
    known = sorted(point.addresses()) if point is not None else []
    asked = request.POST.get("peer", "")
    checks: Sequence[Any] = ()
    if point is not None and asked in known:
        at = datetime.now(UTC)
        checks = examine(point, asked, now=at)
        worst = max((one.health for one in checks), key=["ok", "warn", "fail"].index)
        record(
            EventKind.PEER_TESTED,
            at=at,
            account=request.user,
            object_type="party",
            object_id=asked,
            codes={"result": worst.value},
        )
    context = {
        **_frame(request, "peers"),
        "peers": [(name, point.addresses()[name], *_standing(name)) for name in known] if point is not None else [],
        "asked": asked if checks else "",
        "checks": checks,
        "head": head(),
        "trials": [(trial, _said_of(trial)) for trial in map(latest, known) if trial is not None],
        "sizes": SIZES,
    }
    return render(request, "istmo/exchange/peers.html", context)


@require_POST
@requires(Act.MANAGE_EXCHANGE)
def trial(request: HttpRequest) -> HttpResponse:
    """Send a peer one test message (`each` 0), or so many trial questions of each case."""
    peer, each, at = request.POST.get("peer", ""), request.POST.get("each", ""), datetime.now(UTC)
    point = _point()
    if point is None or peer not in point.addresses() or each not in {"0", *map(str, SIZES)}:
        messages.error(request, _("Choose a peer and what it is sent."))
        return redirect("exchange-peers")
    number = int(each)
    try:
        with transaction.atomic():
            if number:
                ask(point, peer, cases=tuple(Case), each=number, at=at, shuffle=SystemRandom().shuffle)
            else:
                send_tests(point, peer, count=1, at=at)
            record(
                EventKind.PEER_TESTED,
                at=at,
                account=request.user,
                object_type="party",
                object_id=peer,
                counts={"messages": number * len(Case) or 1},
                codes={"result": "sent"},
            )
    except IstmoError as error:
        messages.error(request, error.in_(current()))
    else:
        sent, asked = (
            _("The test message waits in the outbox and leaves on its own."),
            _("The questions are on their way."),
        )
        messages.success(request, asked if number else sent)
    return redirect("exchange-peers" if number else "exchange")


def _said_of(trial: Trial) -> tuple[str, Text]:
    """How a trial stands: a health, and the sentence."""
    if trial.judgement is not None:
        return ("ok" if trial.judgement.is_alike else "fail"), trial.judgement.message
    if trial.reasons:
        return ("fail" if trial.ended else "warn"), reason_text(trial.reasons[0])
    if trial.waiting:
        return "warn", Text(es="Faltan respuestas; salen al final de un turno.", en="Answers are to come, in slots.")
    return "warn", Text(es="Los contenidos ya se eliminaron.", en="The contents were deleted.")


def _frame(request: HttpRequest, tab: str) -> dict[str, Any]:
    return {
        "menu": "exchange",
        "tab": tab,
        "takes_part": _point() is not None,
        "dead": Outbound.objects.filter(state=DeliveryState.DEAD.value).count(),
        "alarms_open": Alarm.objects.filter(closed_at__isnull=True).count(),
        "can_manage": may(request.user, Act.MANAGE_EXCHANGE),
    }


def _point() -> AccessPoint | None:
    try:
        return access_point()
    except IstmoError:
        return None


def _standing(peer: str) -> tuple[int, datetime | None]:
    """How many messages wait for a peer, and when the last was delivered."""
    ours = Outbound.objects.filter(recipient=peer)
    last = ours.filter(state=DeliveryState.DELIVERED.value).order_by("-ended_at").values_list("ended_at", flat=True)
    return ours.filter(state=DeliveryState.WAITING.value).count(), last.first()


def _purpose(sent: Outbound | None) -> str:
    code = (sent.permit or {}).get("purpose", "") if sent is not None else ""
    known = codelist("purpose")
    return known.label(code, current()) if code in known else code


def _said(alarm: Alarm) -> Text | None:
    """The reason in words: of a restoration the moments of the backup and of the return, of a party that stopped an
    agreement which one and from when."""
    if alarm.kind in (AlarmKind.RESTORED, AlarmKind.PEER_RESTORED):
        backup, back = map(_shown, alarm.reason.split("/"))
        return Text(es=f"Copia del {backup}; restaurada el {back}.", en=f"Backup of {backup}; restored on {back}.")
    if alarm.kind == AlarmKind.AGREEMENT_SUSPENDED:
        since = _shown(alarm.reason)
        return Text(es=f"{alarm.object_id}, desde el {since}.", en=f"{alarm.object_id}, since {since}.")
    if alarm.kind == AlarmKind.AGREEMENT_DENOUNCED:
        made, day = alarm.reason.split("/")
        return Text(
            es=f"{alarm.object_id}: denunciado el {_shown(made)}; deja de obligarla el {day}.",
            en=f"{alarm.object_id}: denounced on {_shown(made)}; it is not bound from {day}.",
        )
    return reason_text(alarm.reason) if alarm.reason else None


def _shown(stamp: str) -> str:
    return stamp.replace("T", " ").replace("Z", " UTC")


def _sent(message_id: str) -> Outbound | None:
    try:
        id_ = UUID(message_id)
    except ValueError:
        return None
    return Outbound.objects.defer("payload", "nonce", "envelope").filter(message_id=id_).first()
