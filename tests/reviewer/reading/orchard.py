"""The text of a made-up, honest paper of some four pages, sentence by sentence: what the fixtures are typeset from."""

TITLE = "Counting Visits of Wild Bees in Small Orchards with Cheap Cameras"
AUTHORS = (("Ada Example", "University of Nowhere"), ("Boris Sample", "Institute of Placeholders"))
EMAIL = "ada@nowhere.example"
_GARDENS = ("northern", "southern", "eastern", "western", "upper", "lower", "old", "young")
_TREES = ("apple", "pear", "cherry", "plum", "quince", "medlar", "apricot", "walnut")
_CAUSES = (
    "the afternoon shadow of a neighbouring hedgerow",
    "an unexpectedly strong wind from the valley",
    "the temporarily interrupted power supply",
    "a misunderstanding about the observation protocol",
    "the comparatively late flowering of that variety",
    "an extraordinarily warm week at the beginning of April",
    "the maintenance of the irrigation infrastructure",
    "a disagreement between the two independent annotators",
)


def _described(number: int) -> list[str]:
    """Four sentences about an orchard, that no other paragraph says."""
    garden, tree, cause = _GARDENS[number % 8], _TREES[(3 * number + number // 8) % 8], _CAUSES[(5 * number) % 8]
    return [
        f"Orchard {number + 1} lies on the {garden} terrace, and the {tree} stands in its middle row.",
        f"There the camera recorded {40 + 7 * number} visits in {11 + number} hours of observation, which is close to "
        "what an experienced entomologist counted by hand on the corresponding mornings.",
        f"The largest disagreement of orchard {number + 1} was explained by {cause}, so the affected interval "
        "was annotated a second time before anything was analysed.",
        f"After this correction the remaining difference of orchard {number + 1} was {1 + number % 5} visits, and "
        "neither annotator considered it systematically biased.",
    ]


SECTIONS: dict[str, list[list[str]]] = {
    "Introduction": [
        [
            "Wild bees pollinate most fruit trees, yet nobody knows how many of them visit a small orchard.",
            "Counting by hand is laborious, and the results of different observers are notoriously difficult to "
            "compare.",
            "We ask whether a camera that costs less than a good book can replace the observer without introducing "
            "a systematic error.",
            "The comparison was registered before the first blossom opened, as Figure 1 shows.",
        ],
        [
            "Earlier studies used expensive equipment in large plantations (Miller and Stone, 2015).",
            "Others relied on volunteers, whose counts vary considerably with their experience (Okafor et al., 2018).",
            "Our contribution is a measurement that any community can repeat, together with an honest account of "
            "where it fails.",
        ],
        *[_described(number) for number in range(4)],
    ],
    "Related Work": [
        [
            "Automatic recognition of insects has a long history in controlled environments (Tanaka, 2009).",
            "Outdoor recognition remains complicated because illumination changes within seconds.",
            "Statistical corrections for missed detections were proposed for birds and later transferred to "
            "pollinators (Lindqvist and Abara, 2020).",
        ],
        *[_described(number) for number in range(4, 7)],
    ],
    "Method": [
        [
            "Each camera takes one photograph per second and stores nothing else.",
            "A small network marks every bee, and a visit is a sequence of marks on the same flower.",
            "The observer and the camera worked simultaneously, so that the difference between them is paired.",
        ],
        *[_described(number) for number in range(7, 12)],
    ],
    "Results": [
        [
            "The mean difference over all orchards was 1.8 visits with a confidence interval from 0.9 to 2.7, as "
            "Table 1 lists.",
            "No orchard was excluded, and the registered rule supports the hypothesis.",
        ],
        *[_described(number) for number in range(12, 17)],
    ],
    "Limitations": [
        [
            "We observed a single spring in a single valley, which says little about other climates.",
            "The network was trained on photographs of the same cameras and may be optimistic elsewhere.",
        ],
        _described(17),
    ],
    "Conclusion": [
        [
            "A cheap camera counts the visits of wild bees nearly as well as an experienced observer.",
            "Whether this remains true for bumblebees in bad weather is an open question.",
        ],
    ],
}
ABSTRACT = [
    "Orchards depend on wild bees, but visits are rarely counted because counting is laborious.",
    "We compare a cheap camera with experienced observers in eighteen small orchards during one spring.",
    "The camera misses 1.8 visits per morning on average, with a confidence interval from 0.9 to 2.7.",
    "We discuss what the comparison cannot show and publish all photographs.",
]
FIGURE = "Visits counted by the camera and by the observer on the same mornings."
TABLE = "Mean difference between camera and observer by kind of tree."
ROWS = (("apple", "1.2", "0.4", "12"), ("pear", "2.1", "0.7", "9"), ("cherry", "1.9", "0.5", "14"))
HEAD = ("Tree", "Difference", "Error", "Mornings")
REFERENCES = (
    ("miller", "Miller and Stone", "2015", "Anna Miller and Peter Stone. Pollination of large plantations observed "
     "with thermal cameras. Journal of Imaginary Ecology, 12(3):101–119, 2015."),
    ("okafor", "Okafor et al.", "2018", "Chidi Okafor, Mei Lin, and Sara Holm. Volunteers as observers: how "
     "experience changes what is counted. Proceedings of the Workshop on Citizen Measurement, pages 55–63, 2018."),
    ("tanaka", "Tanaka", "2009", "Yuki Tanaka. Recognising insects in the laboratory. Invented University Press, "
     "2009."),
    ("lindqvist", "Lindqvist and Abara", "2020", "Elsa Lindqvist and Femi Abara. Correcting counts for detections "
     "that were missed, with applications to birds and pollinators. Annals of Made-up Statistics, 4:1–22, 2020."),
)  # fmt: skip


def sentences() -> list[str]:
    """Every sentence of the running text, in the order of the source."""
    return [*ABSTRACT, *(one for parts in SECTIONS.values() for part in parts for one in part)]
