"""The right of reply: a member's statistician sees its part of an edition before publication, and may add a note.

What stands on these pages is under embargo: nobody but the member's own accounts sees it, it is not kept by the browser
and carries no figure of another member (`istmo.hub.briefs.replies.part_of`).
"""

from datetime import UTC, datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from istmo.hub.briefs import replies
from istmo.hub.briefs.compilation import compile_edition
from istmo.hub.briefs.models import BriefEdition
from istmo.hub.briefs.render.html import body
from istmo.model.errors import IstmoError
from istmo.model.periods import Period
from istmo.model.text import LANGUAGES
from istmo.statistics.brief.values import BriefState
from istmo.web.common.language import current
from istmo.web.common.permissions import Act, requires


@require_safe
@never_cache
@requires(Act.REPLY)
def index(request: HttpRequest) -> HttpResponse:
    """The editions that wait for the answer of the account's State, and those that it has answered."""
    open_ = BriefEdition.objects.filter(state=BriefState.ANALYSED.value)
    entries = [
        (edition, asked) for edition in open_ for asked in replies.asked(edition) if asked.member == _member(request)
    ]
    return render(request, "istmo/workbench/replies.html", {"menu": "replies", "entries": entries})


@require_safe
@never_cache
@requires(Act.REPLY)
def part(request: HttpRequest, month: Period, number: int) -> HttpResponse:
    """The member's part of the edition, with the form for its note."""
    return _page(request, _open(request, month, number))


@require_POST
@never_cache
@requires(Act.REPLY)
def answer(request: HttpRequest, month: Period, number: int) -> HttpResponse:
    """Keep the note; one that cannot be kept stands in the form again, as it was typed."""
    edition = _open(request, month, number)
    nothing = "nothing" in request.POST
    typed = {language: request.POST.get(language, "") for language in LANGUAGES}
    if not nothing and not any(text.strip() for text in typed.values()):
        messages.error(
            request, _("The note is empty. Write it in both languages, or say that there is nothing to add.")
        )
        return redirect("reply", month=month, number=number)
    text = dict.fromkeys(LANGUAGES, "") if nothing else typed
    try:
        replies.reply(edition, **text, account=request.user, at=datetime.now(UTC))
    except IstmoError as error:
        messages.error(request, error.in_(current()))
        return _page(request, edition, typed=typed)
    messages.success(
        request, _("Your State has nothing to add.") if nothing else _("The note was received and will be printed.")
    )
    return redirect("reply", month=month, number=number)


def _page(request: HttpRequest, edition: BriefEdition, *, typed: dict[str, str] | None = None) -> HttpResponse:
    brief = replies.part_of(compile_edition(edition), _member(request))
    asked = next(asked for asked in replies.asked(edition) if asked.member == _member(request))
    held = {"es": asked.reply.es, "en": asked.reply.en} if asked.reply else dict.fromkeys(LANGUAGES, "")
    context = {
        "menu": "replies",
        "edition": edition,
        "asked": asked,
        "typed": typed or held,
        "brief": brief,
        "body": body(brief, current()),
        "longest": replies.LONGEST,
    }
    return render(request, "istmo/workbench/reply.html", context)


def _member(request: HttpRequest) -> str:
    return str(request.user.member or "")


def _open(request: HttpRequest, month: Period, number: int) -> BriefEdition:
    """The edition, if it is under embargo and the account's State was asked about it."""
    edition = get_object_or_404(BriefEdition, month=str(month), number=number)
    if edition.brief_state is not BriefState.ANALYSED:
        raise Http404
    if _member(request) not in {asked.member for asked in replies.asked(edition)}:
        raise Http404
    return edition
