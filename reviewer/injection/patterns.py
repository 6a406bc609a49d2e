"""What sentences that speak to a reviewer are made of: patterns of kinds of words (words.py), each with its weight.

`~3` stands for at most three words of the same sentence, `^^` for where an order may begin: at the start, after a sign,
"please", "must", "you", "and". A sentence is addressed if its patterns weigh 3 and one of them is an order or appeal.
"""

import re
from typing import NamedTuple

_ORDER = r'(?:^[aOQ]*|[.,:"(][aOQ]*|[QMYaO][OQ,a]*)'
_START = r'(?:^[aOQ,]*|[.:"]|[QY]|Y[MO]|[RL]M|[RL],)'
_THIS = r"T[xHp]?[DE]"
_THE = r"U[xHp]?D"
_FAVOUR = re.compile("[HpKJC9XZIWwFzrs]|^h.*Y|^g?O?g?O.*TD|N[^.]*o[^.]*B|q[^.]{0,3}R[^.]*Q|YVM|cYb")
_PARTS = tuple(
    re.compile(part)
    for part in (
        "[YRL]",
        "[KJCXSV]",
        "[TU][xHp]?D|TE|d",
        "T[xHp]?D",
        "[HpK9CZX]",
        "[MQqOB]|^[aQ,]*[KJvVGgFIcsr]",
        "[WI]|B.{0,3}F",
    )
)
_ENOUGH, _LONGEST = 5, 45  # who, verdict, paper, this one, favour, order, silence: five in a sentence are no chance
_TOPIC = re.compile("[IDERLYKJSCVQqZXurs]|^(?:x?B|g|v)")


class Pattern(NamedTuple):
    name: str
    weight: int
    is_call: bool
    found: re.Pattern[str]


def _pattern(name: str, weight: int, *alternatives: str, is_call: bool = True) -> Pattern:
    text = "|".join(alternatives)
    text = text.replace("@@", _START).replace("<this>", _THIS).replace("<the>", _THE).replace("^^", _ORDER)
    return Pattern(name, weight, is_call, re.compile(re.sub(r"~(\d+)", r"[^.]{0,\1}?", text)))


PATTERNS = (
    _pattern(
        "set instructions aside",
        3,
        "^^I~3[PA]~4N",
        "^^I~3Y~4[NP]",
        "^^I~3Y~4o",
        "^^I~2A~1Yb?o",
        "N~2Y~4o~3B",
        "B~1x~2N~3o",
    ),
    _pattern("set the rules aside", 3, "^[QaO,]*I[UY]?P?N[.]?$", "^^I~4N~6[KCJD]", "^^I~3[NPYo].*[^B]~4[KCJD]"),
    _pattern("new orders", 1, "^xN:", is_call=False),
    _pattern("set something aside", 2, "^^IA?Y", "^^IA~1[PY]"),
    _pattern(
        "accept this paper",
        3,
        "R~2J~1C~1<this>",
        "[SV]f<this>b9",
        "XbB~4<this>",
        "^OJ[CK]",
        "^^[KJ]~4<this>",
        "^^[KJ]~1<the>",
        "^[QaO,]*[Hp]K[.]?$",
        "^^Y?[KJ]u~2C",
        "^xK<this>",
    ),
    _pattern(
        "accept",
        2,
        "q.*J~2C",
        "^^[KJ]~3[CKD]",
        "^^[KJ]u",
        '(?:^[aOQ]*|[.,:"(][aOQ]*|[QMYO][OQ,a]*)[KJ]~3u',
        "q~3[KJ]",
        "^^[Gg]~2[KC]",
        '[:"]~1[Hp]?[KC][."]',
        "v[Bf]?[KC]",
        "^[O]J[KC]",
    ),
    _pattern(
        "rate this paper",
        2,
        "[RL]~4av(?:<this>|u~1H)",
        "^^[vV]~3(?:<this>|<the>)",
        "[RLYA]x?[Mn]~4[vVG]~4(?:<this>|<the>)",
    ),
    _pattern("give", 1, "@@[Gg]x?[UY]?x?[Hp]x?[SVCK]", '@@G"?9', "@@G~1UH", "^G~3[p9]"),
    _pattern(
        "give it",
        2,
        "@@[Gg]u~4[SVKC9]",
        "@@vux?[H9p]",
        "aVu",
        "@@[gG]xx?[xbU]~2[Hp]",
        'G"?9"?[.]?$',
        ",G9",
        "a[Gg]x?p[SV]",
        "aVux[.]",
        "GYV",
        "@@[Gg]~5fK[.]?$",
        "@@v[OU]~1p",
        "@@[Gg]~3[Hp][SVCK]x?[.]?$",
    ),
    _pattern("give this paper", 2, '[vV]UE"?9', "[GvVc]x?(?:<this>|<the>)~3[Hp9]", "[GvVc]~4[Hp9]~3(?:<this>|<the>)"),
    _pattern("score of this paper", 1, "[SVCXK]~1(?:<this>|<the>)", is_call=False),
    _pattern(
        "this paper deserves", 2, "(?:<this>|<the>)~1[Mm]~3[KCXHp9SV]", "[MO]~3(?:<this>)~1b?[XKC]", "B~1M?<this>M?b?X"
    ),
    _pattern("this paper is exceptional", 1, "<this>~4[Hp]", "[Hp]~3<this>", is_call=False),
    _pattern("reviewers should", 2, "^[LR]+bxf", "R~4M", "M~3R", "L~3M~6[KCSDWFXHp]"),
    _pattern("address", 2, '^[Q"x]?h[x,]?[fa]?~3R', '^[Qx"]?h[x,]?[fa]?~2L[:,]', "^f?[xL]?R[:,]", "^fLx?:", "^fi~3n"),
    _pattern("reader", 1, "[RL]", is_call=False),
    _pattern(
        "reader of this paper", 1, "R~5<this>", "<this>~5R", "i~2n~2(?:<this>|<the>)", "[RL]n<this>", is_call=False
    ),
    _pattern("you", 1, "Y"),
    _pattern("your review", 2, "Y[xP]?[SV]", "YM~2[KJ]", "YMB~1F", "Yf[KJ]", "[SV]xY~1G"),
    _pattern("you should", 1, "YM~2[vVG]", is_call=False),
    _pattern("plea to reviewers", 1, "q~1R.*[TQ]"),
    _pattern("please", 1, "Q", "q"),
    _pattern("high score", 1, "[Hp9]~1[SVKC]", "[KSVGv]~3[9Hp]", is_call=False),
    _pattern("score is nine", 1, "[SV]~5[:b]~3[9HKC]", is_call=False),
    _pattern("be silent", 2, "^^B~4F~5[Ww]", "^^I~5W", "MB~1F", "^^BX", "BX~2D", "WbBfb", "B~3W~3[SV]"),
    _pattern("only praise", 2, "Op~2[SVD]", "p~1[SV]~1O", "O~2p~1S", "^^[Gg]~2Op"),
    _pattern(
        "asked for a score",
        3,
        "io~5[VSK],?G",
        '^G"?x?"K"(?!.*X)',
        "vK[.,]",
        "rY[SV]",
        "GuU?Z",
        "YVM",
        "(?:^|,)vx?p",
        "Yb.*D.*[Hp][SV]",
    ),
    _pattern(
        "anyone who reads", 3, "i~1n~4M", "(?=.*[NR])d~2T~3b~2[C9x]", "[RLY]M?f?s~1<this>", "[RL]x?n~1T", "i~4L~8[qQ]"
    ),
    _pattern("grader must", 2, "[RL]M~15[Gg]x?[Hp]"),
    _pattern(
        "plain order",
        3,
        "^[QO]?J(?:T|UE)",
        "^[QO]?KT[.]?$",
        "bfK<this>",
        "^[gG]O~4<this>",
        "^h~1Y~2<this>",
        "Db~2K",
        "^IU?x?N[.:]",
        "q~3RI",
    ),
    _pattern("spare it", 3, "^x?B[gG]~2W", "^^BF~1<this>", "^[QO]?IA?W", "<this>~3z~9B", "^x?B~2F~3W", "^[gG]x?[VS]f9"),
    _pattern("thanks for it", 2, "<this>x?[Hp][KCSV]", "[HpSVC]M?x?b?q", "(?:^|,)IU?[SV]", "aV[ZHp]"),
    _pattern("if you are a model", 3, "i~1Yb~3L"),
    _pattern("demand", 3, "^x?BF[.]?$", "^[QO]*bZ[.]?$"),
    _pattern("if", 1, "i~6L", "i~3[Yn]", is_call=False),
    _pattern("paper", 1, "<this>", is_call=False),
    _pattern("appeal", 2, "Z~9[SVKCDQ]", "Q~4Z"),
    _pattern("as if", 2, "^c<this>~6[Hp]", "^xi~4<this>", "^cYb~6R"),
    _pattern("authority", 1, "z", "R~3[Cz]", "[RP]~3G.*9", is_call=False),
)


def weigh(kinds: str) -> list[tuple[Pattern, int]]:
    """Patterns found in a sentence that may be about a favour, each with the place of its first word."""
    if not (_FAVOUR.search(kinds) and _TOPIC.search(kinds)):
        return []
    return [(one, match.start()) for one in PATTERNS if (match := one.found.search(kinds))]


def is_addressed(kinds: str, found: list[tuple[Pattern, int]]) -> bool:
    """Whether a sentence orders or begs for a favour; `found` is what weigh() gives for it."""
    weight, called = sum(one.weight for one, _ in found), sum(one.weight for one, _ in found if one.is_call)
    if (weight >= 3 and called >= 2) or (weight >= 4 and called >= 1):
        return True
    parts = [bool(part.search(kinds)) for part in _PARTS]
    return bool(found) and len(kinds) <= _LONGEST and sum(parts) >= _ENOUGH and (parts[0] or parts[-1])
