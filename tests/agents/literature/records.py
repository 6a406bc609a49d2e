"""The same publications as each service tells of them, in the shapes that their documentation gives."""

from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from tests.agents.literature.web import Reply, as_json


class Told(NamedTuple):
    title: str
    year: int = 2019
    authors: tuple[str, ...] = ("Rafael Müller", "Simon Kornblith")
    abstract: str = "Smoothed labels improve calibration."
    doi: str = "10.5555/3454287.3454709"
    venue: str = "Neural Information Processing Systems"


SMOOTHING = Told("When Does Label Smoothing Help?")
CALIBRATION = Told(
    "On Calibration of Modern Neural Networks",
    2017,
    ("Chuan Guo", "Geoff Pleiss"),
    "Modern networks are poorly calibrated.",
    "10.5555/3305381.3305518",
    "International Conference on Machine Learning",
)


def openalex(*told: Told) -> Reply:
    return as_json({"meta": {"count": len(told), "per_page": 25}, "results": [_work(each) for each in told]})


def _work(told: Told) -> dict[str, Any]:
    places: dict[str, list[int]] = {}
    for place, word in enumerate(told.abstract.split()):
        places.setdefault(word, []).append(place)
    return {
        "id": "https://openalex.org/W2741809807",
        "doi": f"https://doi.org/{told.doi}" if told.doi else None,
        "title": told.title,
        "publication_year": told.year,
        "type": "article",
        "is_retracted": False,
        "authorships": [{"author_position": "first", "author": {"display_name": name}} for name in told.authors],
        "primary_location": {"source": {"display_name": told.venue, "type": "conference"}, "landing_page_url": None},
        "biblio": {"volume": "32", "issue": None, "first_page": "4696", "last_page": "4705"},
        "abstract_inverted_index": places or None,
    }


def semantic_scholar(*told: Told) -> Reply:
    papers = [
        {
            "paperId": "649def34f8be52c8b66281af98ae884c09aef38b",
            "externalIds": {"DOI": each.doi, "CorpusId": 1} if each.doi else {"CorpusId": 1},
            "url": "https://www.semanticscholar.org/paper/649def34f8be52c8b66281af98ae884c09aef38b",
            "title": each.title,
            "abstract": each.abstract or None,
            "venue": each.venue,
            "year": each.year,
            "publicationTypes": ["Conference"],
            "journal": {"name": "ArXiv", "volume": "abs/1906.02629", "pages": "\n 4696-4705"},
            "authors": [{"authorId": "1", "name": name} for name in each.authors],
        }
        for each in told
    ]
    return as_json({"total": len(told), "offset": 0, "data": papers})


def crossref(*told: Told) -> Reply:
    items = [
        {
            "DOI": each.doi,
            "URL": f"https://doi.org/{each.doi}",
            "type": "proceedings-article",
            "title": [each.title],
            "author": [_csl_name(name) for name in each.authors],
            "issued": {"date-parts": [[each.year, 12]]},
            "container-title": [each.venue],
            "publisher": "ACM",
            "page": "4696-4705",
            "abstract": f"<jats:title>Abstract</jats:title><jats:p>{each.abstract}</jats:p>",
        }
        for each in told
    ]
    return as_json({"status": "ok", "message-type": "work-list", "message": {"total-results": 2, "items": items}})


def _csl_name(name: str) -> dict[str, str]:
    given, _, family = name.rpartition(" ")
    return {"given": given, "family": family, "sequence": "first"}


def arxiv(*told: Told) -> Reply:
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/1906.0262{place}v3</id><updated>2020-06-10T00:00:00Z</updated>"
        f"<published>{each.year}-06-06T17:40:03Z</published><title>{escape(each.title)}</title>"
        f"<summary>  {escape(each.abstract)}\n</summary>"
        + "".join(f"<author><name>{escape(name)}</name></author>" for name in each.authors)
        + (f"<arxiv:doi>{each.doi}</arxiv:doi>" if each.doi else "")
        + (f"<arxiv:journal_ref>{escape(each.venue)}</arxiv:journal_ref>" if each.venue else "")
        + "</entry>"
        for place, each in enumerate(told)
    )
    feed = (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:arxiv="http://arxiv.org/schemas/atom"><title type="html">ArXiv Query</title>'
        f'<opensearch:totalResults xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">{len(told)}'
        f"</opensearch:totalResults>{entries}</feed>"
    )
    return Reply(feed.encode(), headers={"content-type": "application/atom+xml"})
