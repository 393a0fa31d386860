"""The review of mappings: labels collected over submissions, a person's decisions, undo, and the profile proposed.

    labels()                                        # the most frequent first, with what was decided
    decide_label(profile_id, field="CITIZENSHIP", label="Hatí", verdict=Verdict.MAP, codes=("HTI",), ...)
    proposal(profile_id, author="Ana Ejemplo", on=today)     # a new version, to be taken over by somebody else

An ambiguous label is never mapped without a rule of its source: the core refuses it, and so does the database.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Count, Max, Min, Sum

from istmo.installation.audit.models import EventKind, record
from istmo.installation.mapping import versions
from istmo.installation.mapping.models import UNDONE, MappingDecision, UnmappedLabel
from istmo.intake.reviewing.deciding import Decision, Verdict, decide, why_rule
from istmo.intake.reviewing.labels import decoder, labelled_field
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.text import Text

if TYPE_CHECKING:
    import polars as pl

    from istmo.intake.grammar import Profile
    from istmo.intake.reviewing.proposing import Proposal

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a profile's field over all submissions, and the decision that holds about it, if any.

    `mapped`: the version in force maps it by now. `rows` are how many rows it stopped, `files` in how many files.
    """

    profile_id: str
    field: str
    label: str
    folded: str
    rule: str
    rows: int
    files: int
    first: datetime
    last: datetime
    decision: MappingDecision | None
    mapped: bool

    @property
    def open(self) -> bool:
        return self.decision is None and not self.mapped


def collect(submission: Any, findings: "pl.DataFrame", profile: "Profile") -> None:
    """Keep the labels that stopped rows of a submission; none of a table on persons."""
    from istmo.intake.reviewing.labels import unmapped

    if profile.grain == "person":
        return
    UnmappedLabel.objects.bulk_create(
        UnmappedLabel(
            submission=submission,
            profile_id=profile.id,
            reporter=profile.reporter,
            field=row["FIELD"],
            label=row["LABEL"][:_LONGEST],
            folded=row["FOLDED"][:_LONGEST],
            rule=row["RULE"],
            times=row["TIMES"],
            rows=row["ROWS"],
        )
        for row in unmapped(findings, profile).iter_rows(named=True)
    )


def labels(*, member: str | None = None, profile_id: str | None = None) -> list[Label]:
    """The labels collected, of one State or profile only if asked, those that wait for a decision first."""
    query = UnmappedLabel.objects.all()
    if member:
        query = query.filter(reporter=member)
    if profile_id:
        query = query.filter(profile_id=profile_id)
    groups = query.values("profile_id", "field", "folded").annotate(
        written=Max("label"),
        broken=Max("rule"),
        total=Sum("times"),
        files=Count("submission", distinct=True),
        first=Min("submission__received_at"),
        last=Max("submission__received_at"),
    )
    profiles = versions.in_force()
    decided = in_force()
    found = [
        Label(
            profile_id=group["profile_id"],
            field=group["field"],
            label=group["written"],
            folded=group["folded"],
            rule=group["broken"],
            rows=group["total"],
            files=group["files"],
            first=group["first"],
            last=group["last"],
            decision=decided.get((group["profile_id"], group["field"], group["folded"])),
            mapped=_is_mapped(profiles.get(group["profile_id"]), group["field"], group["written"]),
        )
        for group in groups
    ]
    return sorted(found, key=lambda label: (not label.open, label.mapped, -label.rows, label.profile_id, label.folded))


def in_force() -> dict[tuple[str, str, str], MappingDecision]:
    """The decision that holds about each label: the latest that was not undone."""
    held: dict[tuple[str, str, str], MappingDecision] = {}
    seen: set[tuple[str, str, str]] = set()
    for decision in MappingDecision.objects.select_related("account"):
        key = (decision.profile_id, decision.field, decision.folded)
        if key not in seen:
            seen.add(key)
            if decision.verdict != UNDONE:
                held[key] = decision
    return held


def decide_label(
    profile_id: str,
    *,
    field: str,
    label: str,
    verdict: Verdict,
    codes: Sequence[str],
    note: str,
    source_rule: str,
    account: Any,
    at: datetime,
) -> MappingDecision:
    """Write down what a person decided about a label; raises `InvalidInput` for what may not stand."""
    profile = _profile(profile_id)
    versions.check_member(account, profile)
    made = decide(
        profile,
        field=field,
        label=label,
        verdict=verdict,
        codes=tuple(codes),
        note=note,
        source_rule=source_rule,
        author=account.full_name,
        on=at.date(),
    )
    known = labelled_field(profile, field)
    citizenship = known is not None and known.codelists[0] == "citizenship"
    with transaction.atomic():
        decision = MappingDecision.objects.create(
            profile_id=profile_id,
            field=field,
            label=made.label,
            folded=made.folded,
            verdict=made.verdict.value,
            codes=list(made.codes),
            note=made.note,
            source_rule=made.source_rule,
            ambiguous=citizenship and why_rule(made.label) is not None,
            at=at,
            account=account,
        )
        _write(EventKind.LABEL_DECIDED, decision, account=account, at=at)
    return decision


def undo(decision_id: int, *, account: Any, at: datetime) -> MappingDecision:
    """Take back the decision that holds about a label: it waits again."""
    decision = MappingDecision.objects.filter(id=decision_id).first()
    if decision is None:
        raise NotFound(Text(es="No existe esa decisión.", en="There is no such decision."), rule="F51")
    versions.check_member(account, _profile(decision.profile_id))
    holds = in_force().get((decision.profile_id, decision.field, decision.folded))
    if holds is None or holds.pk != decision.pk:
        raise InvalidInput(
            Text(es="Esa decisión ya no está vigente.", en="That decision does not hold any more."), rule="F51"
        )
    with transaction.atomic():
        undone = MappingDecision.objects.create(
            profile_id=decision.profile_id,
            field=decision.field,
            label=decision.label,
            folded=decision.folded,
            verdict=UNDONE,
            note="-",
            ambiguous=decision.ambiguous,
            at=at,
            account=account,
            undoes=decision,
        )
        _write(EventKind.LABEL_DECISION_UNDONE, undone, account=account, at=at)
    return undone


def history(profile_id: str, field: str, folded: str) -> list[MappingDecision]:
    """Every decision about a label, the latest first."""
    found = MappingDecision.objects.filter(profile_id=profile_id, field=field, folded=folded)
    return list(found.select_related("account", "undoes"))


def to_map(profile_id: str) -> list[MappingDecision]:
    """The decisions to map that the version in force does not have yet, in the order in which they were taken."""
    profile = _profile(profile_id)
    held = (decision for key, decision in in_force().items() if key[0] == profile_id)
    wanted = (decision for decision in held if decision.verdict == Verdict.MAP.value)
    return sorted(
        (decision for decision in wanted if not _is_mapped(profile, decision.field, decision.label)),
        key=lambda decision: decision.pk,
    )


def proposal(profile_id: str, *, author: str, on: date) -> "Proposal":
    """The version of the profile that the decisions make; raises `InvalidInput` when there is none to take in."""
    from istmo.intake.reviewing.proposing import propose

    source, library = versions.source_in_force(profile_id)
    decisions = [_value(decision) for decision in to_map(profile_id)]
    taken = versions.taken(profile_id)
    return propose(source, decisions, author=author, on=on, name=f"{profile_id}.yaml", library=library, taken=taken)


def take_over(profile_id: str, *, version: str, author: str, note: str, account: Any, at: datetime) -> Any:
    """Install what is proposed, by somebody who took none of its decisions. `version` and `author` are those seen."""
    decisions = to_map(profile_id)
    if any(decision.account_id == account.pk for decision in decisions):
        raise InvalidInput(
            Text(
                es="Quien tomó una de las decisiones no instala la versión: lo hace otra persona.",
                en="Who took one of the decisions does not install the version: another person does.",
            ),
            place=profile_id,
            rule="F51",
        )
    made = proposal(profile_id, author=author, on=at.date())
    _, library = versions.source_in_force(profile_id)
    if made.profile.version != version:
        raise InvalidInput(
            Text(es="La propuesta cambió desde que la vio.", en="The proposal has changed since you saw it."),
            place=profile_id,
            advice=Text(es="Mírela de nuevo.", en="Look at it again."),
            rule="F51",
        )
    return versions.install(made.new, name=f"{profile_id}.yaml", account=account, note=note, at=at, library=library)


def submissions_of(profile_id: str, field: str, folded: str) -> Iterable[UnmappedLabel]:
    """In which submissions and rows a label stood, the latest first."""
    found = UnmappedLabel.objects.filter(profile_id=profile_id, field=field, folded=folded)
    return found.select_related("submission").order_by("-submission__received_at", "submission_id")


def _value(decision: MappingDecision) -> Decision:
    return Decision(
        field=decision.field,
        label=decision.label,
        verdict=Verdict(decision.verdict),
        codes=tuple(decision.codes),
        note=decision.note,
        source_rule=decision.source_rule,
        author=decision.account.full_name,
        on=decision.at.date(),
    )


def _profile(profile_id: str) -> "Profile":
    profile = versions.in_force().get(profile_id)
    if profile is None:
        raise NotFound(
            Text(es=f"No existe el perfil «{profile_id}».", en=f"There is no profile “{profile_id}”."), rule="F6"
        )
    return profile


def _is_mapped(profile: "Profile | None", field: str, label: str) -> bool:
    known = labelled_field(profile, field) if profile else None
    return known is not None and not decoder(known).unknown(label)


def _write(kind: EventKind, decision: MappingDecision, *, account: Any, at: datetime) -> None:
    codes = {"verdict": decision.verdict}
    record(kind, at=at, account=account, object_type="mapping", object_id=str(decision.id), codes=codes)
