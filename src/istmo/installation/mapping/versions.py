"""By which version of a profile is a file read here? That of the program, unless a later one was installed.

    profiles = in_force()                          # by id; those installed stand in for the program's own
    install(raw, account=user, note="...", at=now)
    version("PAN.SNM.cuadro003@1.0.0")             # an earlier one, to read an earlier file again

Every version that a stored file was read by is kept with its YAML, also those that ship with the program: a later
program no longer has them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from istmo.installation.audit.models import EventKind, record
from istmo.installation.mapping.models import ProfileChoice, ProfileVersion
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.text import Text

if TYPE_CHECKING:
    from istmo.intake.grammar import Profile

Sources = Mapping[str, bytes]


def installed() -> dict[str, ProfileVersion]:
    """The installed version in force of each profile that has one."""
    latest: dict[str, ProfileVersion | None] = {}
    for choice in ProfileChoice.objects.select_related("version"):
        latest.setdefault(choice.profile_id, choice.version)
    return {id_: version for id_, version in sorted(latest.items()) if version is not None}


def installed_sources() -> dict[str, dict[str, str]]:
    """Their YAML, as the process that reads a file is given it."""
    return {id_: version.sources for id_, version in installed().items()}


def in_force() -> Mapping[str, "Profile"]:
    """Every profile by which files are read here, by id."""
    from istmo.installation.submissions.reading import profiles_with

    return profiles_with(installed_sources())


def read_version(stored: ProfileVersion) -> "Profile":
    """The profile of a version that is kept."""
    from istmo.installation.submissions.reading import read_sources

    return read_sources(stored.profile_id, stored.sources)


def source_of(stored: ProfileVersion) -> bytes:
    """Its own YAML."""
    return str(stored.sources[stored.profile_id]).encode()


def source_in_force(profile_id: str) -> tuple[bytes, Sources]:
    """The YAML of the version in force, with those that it extends."""
    from istmo.intake.profiles import builtin_profiles, profile_source, sources

    stored = installed().get(profile_id)
    if stored is not None:
        library = {id_: text.encode() for id_, text in stored.sources.items()}
        return library[profile_id], library
    if profile_id not in builtin_profiles():
        raise _unknown(profile_id)
    raw = profile_source(profile_id)
    return raw, sources(raw, name=profile_id)


def version(label: str) -> ProfileVersion:
    """The version that is kept as `id@version`; raises `NotFound`."""
    id_, _, number = label.partition("@")
    found = ProfileVersion.objects.filter(profile_id=id_, version=number).order_by("-recorded_at").first()
    if found is None:
        raise _unknown(label)
    return found


def overview(profile_id: str | None = None) -> list[dict[str, Any]]:
    """The versions that are kept and those of the program, by profile, the latest first, and which is in force."""
    from istmo.intake.profiles import builtin_profiles

    now = {profile.hash for profile in in_force().values()}
    kept = {stored.hash: stored for stored in ProfileVersion.objects.all()}
    rows = [(stored.profile_id, stored.version, stored.date, stored.author, stored.hash) for stored in kept.values()]
    rows += [
        (own.id, own.version, own.date, own.author, own.hash)
        for own in builtin_profiles().values()
        if own.hash not in kept and own.date is not None
    ]
    rows.sort(key=lambda row: (row[0], tuple(-part for part in _order(row[1]))))
    return [
        {
            "profile": id_,
            "version": number,
            "date": day.isoformat(),
            "author": author,
            "in force": "yes" if hash_ in now else "",
            "SHA-256": hash_,
        }
        for id_, number, day, author, hash_ in rows
        if profile_id in (None, id_)
    ]


def taken(profile_id: str) -> tuple[str, ...]:
    """The numbers of the versions of a profile that are kept: none of them is given to another file."""
    return tuple(ProfileVersion.objects.filter(profile_id=profile_id).values_list("version", flat=True))


def that_read(submission: Any) -> ProfileVersion:
    """The version by which a submission was read; raises `NotFound`."""
    vintage = submission.vintage
    found = ProfileVersion.objects.filter(hash=vintage.profile_hash).first() if vintage else None
    return found or version(submission.profile)


def remember(profile: "Profile", sources: Sources, *, at: datetime) -> ProfileVersion:
    """Keep the version by which a file was read."""
    assert profile.date is not None  # nothing is stored by a profile that does not name its date
    texts = {id_: raw.decode() for id_, raw in sources.items()}
    stored, _ = ProfileVersion.objects.get_or_create(
        hash=profile.hash,
        defaults={
            "profile_id": profile.id,
            "version": profile.version,
            "author": profile.author,
            "date": profile.date,
            "sources": texts,
            "recorded_at": at,
        },
    )
    return stored


def known_sources(profile: "Profile") -> Sources | None:
    """The YAML of a profile that ships with the program or is kept here; None for any other."""
    from istmo.intake.profiles import builtin_profiles, profile_source, sources

    own = builtin_profiles().get(profile.id)
    if own is not None and own.hash == profile.hash:
        return sources(profile_source(profile.id), name=profile.id)
    stored = ProfileVersion.objects.filter(hash=profile.hash).first()
    return {id_: text.encode() for id_, text in stored.sources.items()} if stored else None


def install(
    raw: bytes, *, name: str, account: Any, note: str, at: datetime, library: Sources | None = None
) -> ProfileVersion:
    """Read files by this version from now on; it must be later than the one in force and do what its samples say.

    `library` are the profiles that it may extend (default: those of the program).
    """
    from istmo.intake.profiles import attributed, read_profile, sources
    from istmo.intake.testing import run_samples

    closure = sources(raw, name=name, library=library)
    profile = attributed(read_profile(raw, name=name, library=closure), name=name)
    check_member(account, profile)
    now = in_force().get(profile.id)
    if now is not None and _order(profile.version) <= _order(now.version):
        raise InvalidInput(
            Text(
                es=f"La versión {profile.version} no es posterior a la vigente, {now.version}.",
                en=f"Version {profile.version} is not later than the one in force, {now.version}.",
            ),
            place=name,
            rule="R10",
            advice=Text(es="Suba la versión del perfil.", en="Raise the version of the profile."),
        )
    other = ProfileVersion.objects.filter(profile_id=profile.id, version=profile.version).exclude(hash=profile.hash)
    if other.exists():
        raise InvalidInput(
            Text(
                es=f"La versión {profile.version} ya existe con otro contenido.",
                en=f"Version {profile.version} exists already with other content.",
            ),
            place=name,
            rule="R10",
            advice=Text(es="Suba la versión del perfil.", en="Raise the version of the profile."),
        )
    if profile.grain == "person":
        raise InvalidInput(
            Text(es="Los archivos de personas no se guardan aquí.", en="Files on persons are not stored here."),
            place=name,
            rule="F32",
        )
    failures = run_samples(profile)
    if failures:
        first = failures[0]
        raise InvalidInput(
            Text(
                es=f"Una muestra del perfil no se cumple ({first.sample}): {first.message.es}",
                en=f"A sample of the profile does not hold ({first.sample}): {first.message.en}",
            ),
            place=name,
            rule="R10",
            advice=Text(es="Corrija el perfil o la muestra.", en="Mend the profile or the sample."),
        )
    with transaction.atomic():
        stored = remember(profile, closure, at=at)
        _choose(profile.id, stored, account=account, note=note, at=at, kind=EventKind.PROFILE_INSTALLED)
    return stored


def withdraw(profile_id: str, *, account: Any, note: str, at: datetime) -> ProfileVersion | None:
    """Go back to the version before the one in force; None is that of the program."""
    choices = [
        choice.version for choice in ProfileChoice.objects.filter(profile_id=profile_id).select_related("version")
    ]
    if not choices or choices[0] is None:
        raise InvalidInput(
            Text(es="No hay ninguna versión instalada que retirar.", en="There is no installed version to withdraw."),
            place=profile_id,
            rule="F51",
        )
    check_member(account, read_version(choices[0]))
    earlier = [found for found in choices if found is not None and _order(found.version) < _order(choices[0].version)]
    before = max(earlier, key=lambda found: _order(found.version), default=None)
    with transaction.atomic():
        _choose(profile_id, before, account=account, note=note, at=at, kind=EventKind.PROFILE_WITHDRAWN)
    return before


def _choose(
    profile_id: str, stored: ProfileVersion | None, *, account: Any, note: str, at: datetime, kind: EventKind
) -> None:
    ProfileChoice.objects.create(profile_id=profile_id, version=stored, at=at, account=account, note=note[:500])
    record(kind, at=at, account=account, object_type="profile", object_id=stored.hash if stored else profile_id[:80])


def check_member(account: Any, profile: "Profile") -> None:
    """An account of a State decides about that State's own files only; without account it is the command line."""
    member = getattr(account, "member", None)
    if member and member != profile.reporter:
        raise InvalidInput(
            Text(
                es="Una cuenta de un Estado decide solo sobre los perfiles de ese Estado.",
                en="An account of a State decides about the profiles of that State only.",
            ),
            place=profile.id,
            rule="F51",
        )


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _unknown(name: str) -> NotFound:
    return NotFound(
        Text(es=f"No existe el perfil «{name}».", en=f"There is no profile “{name}”."),
        advice=Text(es="Vea «istmo profile list».", en="See “istmo profile list”."),
        rule="F6",
    )
