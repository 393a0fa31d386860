"""Pages that everyone can read: briefs, reporters, comparability, method, glossary, code lists, rights."""
