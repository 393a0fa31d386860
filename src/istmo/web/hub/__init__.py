"""The workbench of the Secretariat: uploads and their findings, the comment on a month, approval and publication."""
