"""Accounts on the site: signing in, one's own account, the administrator's pages, the audit trail."""
