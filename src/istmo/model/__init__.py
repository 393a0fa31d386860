"""Codes, periods, observations, findings, errors: frozen values that import nothing of ours."""
