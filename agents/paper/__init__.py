"""From evidence to a typeset paper that can be checked: sections, tables, document, checks, publication."""
