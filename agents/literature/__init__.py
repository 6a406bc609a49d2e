"""Where publications come from. Adapters of `services.Literature` by name; run.py builds them."""

LITERATURE: dict[str, str] = {"template": "agents.literature.template_bibliography:TemplateBibliography"}
"""Known sources; each is built with the template's references.bib."""
