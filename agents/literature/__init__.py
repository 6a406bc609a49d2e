"""Where publications come from. Sources by name; opening.py builds them, cascade.py asks them side by side."""

LITERATURE: dict[str, str] = {
    "template": "agents.literature.opening:open_template",
    "library": "agents.literature.opening:open_library",
    "semantic_scholar": "agents.literature.semantic_scholar:SemanticScholar",
    "openalex": "agents.literature.openalex:OpenAlex",
    "crossref": "agents.literature.crossref:Crossref",
    "arxiv": "agents.literature.arxiv:Arxiv",
}
"""Known sources. Those on the network are made without arguments, as the user's own are."""
LOCAL = ("template", "library")
"""Sources that are no search of the literature: what they do not hold may well exist."""
