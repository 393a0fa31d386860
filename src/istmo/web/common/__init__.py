"""What public pages and the workbench share: the frame, formats, permissions, limits, sign-in, error pages."""
