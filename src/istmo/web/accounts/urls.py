"""Addresses of signing in, of one's own account, of the administrator's pages and of the audit trail."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from istmo.web.accounts import administration, audit, factors, invitation, own, signin
from istmo.web.common.permissions import Act, requires

_View = Callable[..., HttpResponse]


def _own(view: _View) -> _View:
    """A page of one's own account, which no cache keeps: it may show a secret."""
    return never_cache(requires(Act.OWN_ACCOUNT)(view))


SIGN_IN = [
    path(_("sign-in/"), signin.SignInView.as_view(), name="account_login"),
    path(_("sign-in/second-factor/"), signin.SecondFactorView.as_view(), name="mfa_authenticate"),
    path(_("sign-in/passkey/"), signin.PasskeySignInView.as_view(), name="mfa_login_webauthn"),
    path(_("sign-out/"), signin.SignOutView.as_view(), name="account_logout"),
    path(_("invitation/<str:token>/"), invitation.invitation, name="invitation"),
]
OWN = [
    path("", _own(own.account), name="account"),
    path(_("password/"), _own(own.PasswordView.as_view()), name="account_change_password"),
    path("sessions/end/", _own(own.end_session), name="account-end-session"),
    path(_("application/"), _own(factors.ApplicationView.as_view()), name="mfa_activate_totp"),
    path(_("application/remove/"), _own(factors.RemoveApplicationView.as_view()), name="mfa_deactivate_totp"),
    path(_("recovery-codes/"), _own(factors.RecoveryCodesView.as_view()), name="mfa_view_recovery_codes"),
    path(_("recovery-codes/new/"), _own(factors.NewRecoveryCodesView.as_view()), name="mfa_generate_recovery_codes"),
    path(_("passkeys/new/"), _own(factors.PasskeyView.as_view()), name="mfa_add_webauthn"),
    path(_("passkeys/<int:pk>/"), _own(factors.RenamePasskeyView.as_view()), name="mfa_edit_webauthn"),
    path(_("passkeys/<int:pk>/remove/"), _own(factors.RemovePasskeyView.as_view()), name="mfa_remove_webauthn"),
    path(_("confirm/"), never_cache(signin.ConfirmByPasswordView.as_view()), name="account_reauthenticate"),
    path(_("confirm/code/"), never_cache(signin.ConfirmByCodeView.as_view()), name="mfa_reauthenticate"),
    path(_("confirm/passkey/"), never_cache(signin.ConfirmByPasskeyView.as_view()), name="mfa_reauthenticate_webauthn"),
]
MANAGED = [
    path("", administration.index, name="accounts"),
    path(_("invite/"), administration.invite, name="invite"),
    path("<int:account_id>/", administration.account, name="managed-account"),
    path("<int:account_id>/link/", administration.new_link, name="managed-account-link"),
    path("<int:account_id>/role/", administration.change_role, name="managed-account-role"),
    path("<int:account_id>/disable/", administration.disable, name="managed-account-disable"),
    path("<int:account_id>/enable/", administration.enable, name="managed-account-enable"),
    path("<int:account_id>/factor/", administration.reset_factor, name="managed-account-factor"),
]
AUDIT = [
    path("", audit.index, name="audit"),
    path("audit.csv", audit.audit_file, name="audit-file"),
]
