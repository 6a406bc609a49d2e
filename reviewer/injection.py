"""Text that speaks to whoever reviews the paper: found in plain words, in disguise, and in other languages.

What LLM papers print as an object of study (prompts, jailbreaks) is no injection unless it bears on the paper at hand.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from reviewer.text import split_sentences

_LOOKALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТХУавеѕіјкмнорстхуԁԛԝɡΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεορνικհոս",
    "ABESIJKMHOPCTXYabesijkmhopctxydqwgABEZHIKMNOPTYXaeopvikhnu",
)
_TARGET = r"(?:paper|submission|manuscript|this (?:work|article)|reviewers?|review(?!ed|s? of)|accept(?:ance|ed)?)"
_IGNORE = (
    r"\b(?:ignore|disregard|forget|override|overlook|bypass|neglect)\b(?:[\s,]+\w+){0,4}?[\s,]+(?:previous|prior"
    r"|above|earlier|preceding"
    r"|existing|all|any|your|system|other)\b(?:\s+(?!(?:in|of|from|at|to|with|that|for|on|by|and)\b)[\w-]+){0,3}\s+"
    r"(?:instructions?|prompts?|guidelines|rules|directions|directives|commands|criteria)\b"
)
_SCORE = r"(?:scores?|ratings?|marks?|grades?|recommendation|evaluation|assessment|reviews?)"
_TOP = (
    r"(?:high(?:est)?|top|max(?:imum|imal)?|positive|favou?rable|perfect|full|best|excellent|10(?:\s*/\s*10)?"
    r"|ten|strong(?:ly)?|glowing)"
)
_AIMED = (
    rf"\b(?:give|assign|award|return|output|provide|write|produce|submit)\b[^.]{{0,40}}\b{_TOP}\b[^.]{{0,30}}"
    rf"\b{_SCORE}\b[^.]{{0,40}}\b(?:paper|submission|manuscript|work|article|ablation)\b",
    rf"\b(?:give|assign|award|rate|grade|score|mark|evaluate)\b[^.]{{0,12}}\b(?:this|the|our) (?:paper|submission"
    rf"|manuscript|work|article)\b"
    rf"[^.]{{0,50}}\b(?:{_TOP}|\d+)\b",
    rf"\breviewers? (?:should|must|shall|are (?:asked|instructed|required|advised|encouraged)"
    rf" to)\b[^.]{{0,40}}\b(?:{_TOP}|accept\w*|"
    r"recommend|score|rat(?:e|ing))\b",
    r"\b(?:you|reviewers?|models?|assistants?|llms?|ais?)\b[^.]{0,10}\b(?:must|should|shall|have to|need to|are"
    r" (?:required|instructed) to)\b"
    r"[^.]{0,30}\b(?:accept|recommend)\b[^.]{0,30}\b(?:papers?|submissions?|manuscript|acceptance|it)\b",
    r"\b(?:please|kindly|must|simply|just|always|would you|could you)\b[^.]{0,25}\b(?:accept"
    r"|recommend)\b[^.]{0,12}\b(?:this|the|our) "
    r"(?:paper|submission|manuscript|work|acceptance)\b",
    r"\b(?:please|kindly|must|should|would you|could you|be so"
    r" kind)\b[^.]{0,40}\brecommend(?:ing)?\b[^.]{0,15}\b(?:strong )?accept(?:ance|ing)?\b",
    r"\b(?:do not|don't|never|avoid|refrain from)\b[^.]{0,20}\b(?:mention|list|highlight|report|point out|raise"
    r"|includ|criticis|criticiz)"
    r"\w*\b[^.]{0,30}\b(?:weakness(?:es)?|flaws?|negatives?|criticisms?|shortcomings)\b",
    r"\b(?:positive|favou?rable) reviews? only\b|\bonly (?:a )?(?:positive|favou?rable) (?:review|feedback"
    r"|comment|point)s?\b",
    r"\b(?:to|for|attention|dear|hello|hey|hi|note|notice),?\s*(?:the |any |all )?(?:llm|ai|automated|automatic"
    r"|language[- ]model|machine|gpt|chatgpt)"
    r"(?:[- ](?:based|powered|assisted|generated))?[- ]*(?:peer )?(?:reviewers?|referees?|reviewing|graders?"
    r"|evaluators?)\b\s*[:,;.!-]",
    r"(?:^|[.\[(<*!:]\s*)(?:llm|ai|automated|language.model) (?:reviewers?|referees?)\s*[:,]",
    r"\b(?:important |special |hidden |confidential )?(?:note|message|instructions?|attention|memo|notice) (?:to"
    r"|for) (?:the |any |all )?"
    r"(?:\w+[- ]){0,2}(?:reviewers?|referees?|area chairs?|reviewing (?:model|system))\b",
    r"\b(?:as|you are|act as|pretend to be) (?:an? )?(?:ai|(?:large )?language model|llm"
    r"|assistant)\b[^.]{0,60}\b(?:accept|recommend|"
    r"this paper|review)",
    r"\bif you are (?:an? )?(?:ai|llm|(?:large )?language model|assistant|automated"
    r"|machine)\b[^.]{0,90}\b(?:paper|review|score|accept|"
    r"rating|positive)",
    r"\b(?:overall|soundness|recommendation|decision|final (?:rating|score|decision|verdict)|rating|verdict)(?:"
    r" (?:score|rating|assessment))?"
    r"\s*[\"']?\s*[:=]\s*[\"']?(?:(?:10|9)\b(?!\.\d|\d|%)(?:\s*/\s*10)?|(?:strong(?:ly)? )?accept\b)",
    r"<!--[^>]{0,400}\b(?:review|reviewers?|scores?|accept\w*|instructions?|ratings?)\b[^>]{0,400}-->",
    r"(?:^|\s)%+\s*(?:note|instructions?|system|reviewers?|llm|ai)\b[^.]{0,30}:[^.]{0,80}\b(?:review|score|accept"
    r"|rating|paper)",
    r"\[?\b(?:tool|function)[ _](?:output|result|response|call)s?\b\]?\s*[:>=][^.]{0,120}\b(?:review|score"
    r"|accept\w*|rating|verdict)\b",
    r"\b(?:meta-?review|review|reviewer \d|area chair)\s*[:=]\s*[^.]{0,60}\b(?:strong )?accept\b",
)  # fmt: skip
_TAGGED = (
    r"<\|?(?:/?system|im_start|im_end|assistant|user|endoftext)\b[^>]{0,20}>|\[/?(?:INST|SYS|SYSTEM)\]"
    r"|<</?SYS>>|###\s*(?:system|instruction)s?\b|\b(?:system|assistant)\s*(?:prompt|message|override)?\s*:"
)
_FOREIGN = (
    r"(?:忽略|无视|無視|忽視|忘记|忘記|不要理会)[^。]{0,20}(?:指令|指示|提示|说明|說明|要求|规则|命令)",
    r"(?:给|給|打)[^。]{0,15}(?:高分|满分|滿分|最高|10\s*分|十分|好评|好評)|(?:接收|接受|录用|錄用)[^。]{0,10}(?:论文|論文|稿件|文章)|审稿人|審稿人",
    r"(?:指示|命令|プロンプト)[^。]{0,12}(?:無視|忘れ)|(?:最高|満点|高い?)[^。]{0,8}(?:評価|点|スコア)[^。]{0,12}(?:与え|付け|つけ|くださ|下さ|せよ)"
    r"|採択して|採録して|査読者|(?:論文|本稿)[^。]{0,15}(?:採択|採録|受理)[^。]{0,10}(?:くださ|下さ|べき|せよ|推薦)|肯定的な(?:査読|評価|レビュー)",
    r"(?:지시|명령|프롬프트)[^.]{0,12}무시|(?:최고|만점|높은)[^.]{0,8}(?:점수|평가)|심사위원|논문[^.]{0,12}(?:승인|채택|게재)",
    r"\bignorier(?:e|en|t)\b[^.]{0,50}\b(?:anweisung|instruktion|vorgabe|befehl|regel)\w*|\b(?:vorherigen?"
    r"|bisherigen?|obigen?) (?:anweisung|instruktion)\w*"
    r"|\b(?:bewerte|bewerten|gib|geben|akzeptiere|akzeptieren|empfiehl|empfehlen|nehmen"
    r"|nimm)\b[^.]{0,60}\b(?:höchst\w*|hochst\w*|maximal\w*|annahme|bestnote|positiv\w*|artikel|arbeit"
    r"|einreichung|beitrag|punktzahl|manuskript)\b",
    r"\b(?:ignore[rz]?|oublie[rz]?|négligez|negligez)\b[^.]{0,40}\b(?:instructions?|consignes?"
    r"|directives?)\s+(?:précédent|precedent|antérieur|anterieur|ci-dessus)\w*|\b(?:toutes )?les (?:instructions"
    r"|consignes) (?:précéd|preced|antéri|anteri)\w+"
    r"|\b(?:acceptez|accepter|recommandez|attribuez|donnez|notez|évaluez|evaluez)\b[^.]{0,50}\b(?:article|papier"
    r"|note|soumission|manuscrit|acceptation|évaluation|positive?)\b",
    r"\b(?:ignor[ae]n?|olvid[ae]n?|omit[ae])\b[^.]{0,40}\b(?:instrucciones|indicaciones|órdenes)\b|\b(?:acept[ae]"
    r"|recomiend[ae]|otorg(?:a|ue)|asign[ae]|califi(?:ca|que)|d[ée]|da)\b"
    r"[^.]{0,50}\b(?:este|esta|al|el|la) (?:artículo|articulo|trabajo|aceptación|puntuación|puntuacion|manuscrito"
    r"|calificación|calificacion|nota)\b",
    r"\bignor[aei]\w*\b[^.]{0,40}\b(?:istruzioni|instruções|instrucoes)\b|\b(?:accett[ai]"
    r"|aceite)\b[^.]{0,30}\b(?:articolo|artigo)\b",
    r"(?:игнорир|забудь)\w*[^.]{0,40}(?:инструкци|указани)|(?:прими|примите|оцени|оцените"
    r"|поставь)\w*[^.]{0,40}(?:стать|работ|балл|оценк)",
)  # fmt: skip
_SQUASHED = re.compile(
    r"(?:ignore|disregard|forget|override)(?:all|any|the|your|of|these|those|my)*(?:previous|prior|above|earlier"
    r"|preceding)"
    r"(?:reviewer|review|system)?(?:instruction|prompt|guideline|rule|direction|text|command)"
    r"|(?:accept|recommend|rate|score|approve)(?:this|the|our)(?:paper|submission|manuscript|work"
    r"|article)(?!s?(?:that|which|in))"
    r"|(?:give|assign|award)(?:it|this|the|a|an|our|paper|submission|manuscript)*(?:the)?(?:highest|maximum|top"
    r"|perfect|positive|high)"
    r"(?:possible|overall)?(?:score|rating|review|mark)|recommend(?:strong)?accept|notetoreviewer"
    r"|donotmention\w{0,8}weakness"
    r"|positivereviewonly"
)
_AIMED_AT, _IN_FOREIGN = (tuple(re.compile(one, re.I | re.S) for one in group) for group in (_AIMED, _FOREIGN))
_STRONG = (*_AIMED_AT, *_IN_FOREIGN)
_HINTS = (
    "ignor", "disregard", "forget", "overrid", "overlook", "bypass", "neglect", "reviewer", "referee", "submission",
    "manuscript", "this paper", "the paper", "our paper", "this work", "the work", "our work", "article", "recommend",
    "weakness", "flaw", "negatives", "criticism", "shortcoming", "positive", "favorabl", "favourabl", "accept",
    "language model", "<!--", "tool output", "tool_output", "tool result", "tool_result", "function output",
    "function result", "function_result", "tool response", "tool_response", "tool call", "tool_call", "overall",
    "soundness", "decision", "verdict", "final rating", "final score", "rating", "<|", "<s", "</s", "<<", "[inst",
    "[/inst", "[sys", "###", "system:", "system prompt", "system message", "system override", "assistant:",
    "assistant message", " ai ", "llm",
)  # fmt: skip
_FOREIGN_HINTS = (
    "anweisung", "instruktion", "vorgabe", "befehl", "ignoriere", "bewerte", "akzeptiere", "empfehl", "empfiehl",
    "annahme", "bestnote", "consigne", "précédent", "precedent", "antérieur", "anterieur", "acceptez", "accepter",
    "recommandez", "attribuez", "donnez", "notez", "évaluez", "evaluez", "oublie", "instruccion", "indicacion",
    "acepte", "acepta", "recomiend", "otorg", "asign", "calificac", "puntuaci", "istruzion", "instruç", "instruco",
    "aceite", "accetta",
)  # fmt: skip
_SCRIPTS = re.compile(r"[\u0400-\u052f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]{2}")
_IGNORING, _TAG, _AIM = re.compile(_IGNORE, re.I), re.compile(_TAGGED, re.I), re.compile(rf"\b{_TARGET}\b", re.I)
_PRAISE = re.compile(
    r"\b(?:this|the|our) (?:paper|submission|manuscript|work)\b[^.]{0,20}\b(?:is|deserves|should|must|merits|has"
    r" been|represents)\b"
    r"[^.]{0,40}\b(?:accept\w*|outstanding|excellent|groundbreaking|award|best|high(?:est)?|flawless|exceptional"
    r"|perfect|brilliant)\b"
    r"|\b(?:positive|strengths?|score|rating|accept(?:ance)?|recommend\w*|reviewer|instructions?|review)\b",
    re.I,
)
_STUDIED = re.compile(
    r"\b(?:prompt[- ]injection|jailbreak\w*|adversarial prompts?|instruction hierarchy|injected (?:prompts?"
    r"|instructions?)|"
    r"prompt leak\w*|red[- ]team\w*|(?:llm|ai|automat\w+) (?:peer )?review(?:er|ing)s?|peer[- ]review\w*)\b",
    re.I,
)
_OPENER = re.compile(
    r"(?:\b(?:IMPORTANT|NOTE|ATTENTION|SYSTEM|INSTRUCTIONS?|Ignore|IGNORE|Disregard|Forget|Please|Kindly|You"
    r" (?:must|should|are)|As an|Dear|"
    r"Note|Attention|Important|System|Assistant|Give|Assign|Do not|If you|Overall|Recommendation|Decision|Hidden"
    r"|To (?:the|any|all)|For|AI|LLM|Reviewers?)\b|<|\[|%|\{|#)"
)
_QUOTED = re.compile(r"[\"“”'‘].{0,200}[\"”’']")
_SPACED = re.compile(r"(?<!\S)(?:[A-Za-z][\s.\-_*|·•,/]{1,3}){11,}[A-Za-z][.!]?(?!\S)")
_BASE64 = re.compile(r"(?<![\w/+])(?:[A-Za-z0-9+/]{16,}\s?)*[A-Za-z0-9+/]{20,}={0,2}[.]?")
_TOLD = re.compile(r"(?:(?<=[.!?] )|^)[^.!?]{0,60}\b(?:base\s?64|decod\w+|encod\w+)\b[^.!?]{0,60}[:\s]\s*$", re.I)
_ROT13 = re.compile(r"\b(?:vtaber|erivrjre|vafgehpgvbaf?|npprcgnapr|qvfertneq)\b", re.I)


class Cleaned(NamedTuple):
    """A text without what was addressed to the reviewer, and that, quoted."""

    text: str
    found: tuple[str, ...]


def is_about_injection(text: str) -> bool:
    """Whether prompts, jailbreaks or automated review are what the paper studies: named in four or more places."""
    return len(_STUDIED.findall(text)) >= 4


def speaks_to_reviewer(text: str) -> bool:
    """Whether any of a text is addressed to whoever reviews."""
    return bool(take_out(text).found)


def take_out(text: str, is_studied: bool = False) -> Cleaned:
    """Take sentences (or runs of letters) that speak to the reviewer out of a text of any length.

    `is_studied`: the paper is about such texts, so that bare "ignore previous instructions" and quoted ones stay.
    """
    text, found = _without_disguised(text)
    sentences = [piece for sentence in split_sentences(text) for piece in _pieces(sentence)]
    marks = [_is_addressed(sentences, place, is_studied) for place in range(len(sentences))]
    if not any(marks):
        return Cleaned(text, tuple(found))
    dropped = _between(sentences, marks)
    kept: list[str] = []
    for sentence, is_dropped in zip(sentences, dropped, strict=True):
        head, tail = _cut(sentence) if is_dropped else (sentence, "")
        kept += [head] if head else []
        found += [tail[:160]] if tail else []
    return Cleaned(" ".join(kept), tuple(found))


def _pieces(sentence: str) -> Iterator[str]:
    """Sentences that do not begin with a capital, tags and scripts without spaces part as well."""
    if not re.search(r"[.!?]\s|[<>\[\]{}]|[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]{4}", sentence):
        yield sentence
        return
    edges = (
        r"(?<=[.!?])\s+(?=[<\[{%#*_\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3Ѐ-ӿÀ-ÿ¡¿a-z]{1}(?:[^.]|$))"
        r"|(?<=[。！？])\s*|(?<=-->)\s*|(?<=\|>)\s+(?=[A-Z])|(?<=[MTS]\])\s+(?=[A-Z])|(?<=\})\s+(?=[A-Z])"
        r"|(?<=[A-Za-z.,)])\s+(?=[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]{4})"
    )
    yield from (piece for piece in re.split(edges, sentence) if piece)


def _is_addressed(sentences: list[str], place: int, is_studied: bool) -> bool:
    sentence = sentences[place]
    return any(_speaks(form, sentences, place, is_studied) for form in _forms(sentence))


def _forms(sentence: str) -> Iterator[str]:
    """The sentence as it stands, and with look-alike letters of other alphabets and accents put right."""
    yield sentence
    if not sentence.isascii():
        plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", sentence).translate(_LOOKALIKES))
        yield re.sub(r"[\u0300-\u036f]", "", plain)
    if "_" in sentence or re.search(r"\w-\w+-\w+-\w", sentence):
        yield re.sub(r"[_-]+", " ", sentence)


def _speaks(sentence: str, sentences: list[str], place: int, is_studied: bool) -> bool:
    if is_studied and _QUOTED.search(sentence):
        return False
    lower = sentence.lower()
    is_foreign = _has(lower, _FOREIGN_HINTS) or bool(not lower.isascii() and _SCRIPTS.search(lower))
    if is_foreign and any(pattern.search(sentence) for pattern in _IN_FOREIGN):
        return True
    if not _has(lower, _HINTS):
        return False
    if any(pattern.search(sentence) for pattern in _AIMED_AT):
        return True
    if _IGNORING.search(sentence):
        return not is_studied or bool(_AIM.search(sentence))
    return bool(_TAG.search(sentence)) and _is_aimed(" ".join(sentences[place : place + 3]))


def _has(text: str, hints: tuple[str, ...]) -> bool:
    return any(hint in text for hint in hints)


def _is_aimed(text: str) -> bool:
    """Whether what follows a mark of a prompt bears on a paper that is to be judged."""
    return bool(
        re.search(r"\b(?:paper|submission|manuscript)\b", text, re.I)
        and re.search(r"\b(?:review\w*|score|rating|accept\w*)\b", text, re.I)
    )


def _between(sentences: list[str], marks: list[bool]) -> list[bool]:
    """What stands between two such sentences, or beside one and sings the praise of the paper, goes with them."""
    dropped = list(marks)
    known = [place for place, is_marked in enumerate(marks) if is_marked]
    for first, last in pairwise(known):
        if last - first <= 3:
            dropped[first:last] = [True] * (last - first)
    for place in known:
        for near in (place - 1, place + 1):
            is_there = 0 <= near < len(sentences)
            if is_there and (
                _is_praise(sentences[near]) or _is_tag(sentences[near]) or (_is_tag(sentences[place]) and near > place)
            ):
                dropped[near] = True
                if near > place and near + 1 < len(sentences) and _is_tag(sentences[near + 1]):
                    dropped[near + 1] = True
    return dropped


def _is_tag(sentence: str) -> bool:
    """A mark of a prompt and nothing else."""
    match = _TAG.search(sentence)
    return bool(match) and len(sentence) - len(match[0]) < 4


def _is_praise(sentence: str) -> bool:
    match = _PRAISE.search(sentence)
    return bool(match) and len(match[0].split()) > 2


def _cut(sentence: str) -> tuple[str, str]:
    """What stands before the address within its sentence (a caption, a heading), and the address."""
    starts = [match.start() for pattern in (*_STRONG, _IGNORING, _TAG) if (match := pattern.search(sentence))]
    if not starts or min(starts) < 12:
        return "", sentence
    openers = [match.start() for match in _OPENER.finditer(sentence, 0, min(starts) + 1)]
    near = [start for start in openers if min(starts) - start <= 40]
    if not near or near[0] < 12 or sentence[: near[0]].rstrip()[-1:] in ",:;(":
        return "", sentence
    return sentence[: near[0]].rstrip(), sentence[near[0] :]


def _without_disguised(text: str) -> tuple[str, list[str]]:
    """Take out spaced letters, base64, reversed and rotated text that turns out to be an address."""
    found: list[str] = []

    def drop(match: re.Match[str], plain: str) -> str:
        if not _is_squashed(plain):
            return match[0]
        found.append(f"{match[0][:80].strip()} = {plain[:80].strip()}")
        return " "

    text = _SPACED.sub(lambda m: drop(m, m[0]), text)
    text = _without_encoded(text, found)
    text = _without_reversed(text, found)
    if _ROT13.search(text):
        kept = split_sentences(text)
        turned = [one for one in kept if _ROT13.search(one) and _is_squashed(_rotated(one))]
        found += turned
        text = " ".join(one for one in kept if one not in turned)
    return re.sub(r"\s+", " ", text).strip() if found else text, found


def _without_encoded(text: str, found: list[str]) -> str:
    kept, start = "", 0
    for match in _BASE64.finditer(text):
        if _is_squashed(plain := _decoded(match[0])):
            kept += _TOLD.sub("", text[start : match.start()])
            start = match.end()
            found.append(f"{match[0][:80]} = {plain[:80]}")
    return kept + text[start:]


def _is_squashed(text: str) -> bool:
    letters = re.sub(r"[^a-z]", "", text.lower())
    return bool(_SQUASHED.search(letters)) or (
        " " in text.strip() and any(pattern.search(text) for pattern in (*_STRONG, _IGNORING))
    )


def _decoded(token: str) -> str:
    token = re.sub(r"[\s.=]", "", token)
    try:
        return base64.b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def _without_reversed(text: str, found: list[str]) -> str:
    backwards = re.search(r"snoitcurtsni|repap siht|tpecca|noissimbus siht", text, re.I)
    if not backwards:
        return text
    turned = text[::-1]
    match = next((m for pattern in (_IGNORING, *_STRONG) if (m := pattern.search(turned))), None)
    if not match:
        return text
    end = re.search(r"[.!?](?=\s|$)|$", turned[match.end() :])
    stop = match.end() + (end.end() if end else 0)
    found.append(f"{turned[match.start() : stop][::-1][:80]} = {turned[match.start() : stop][:80]}")
    return (turned[: match.start()].rstrip() + " " + turned[stop:].lstrip()).strip()[::-1]


def _rotated(text: str) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    turned = letters[13:] + letters[:13]
    return text.translate(str.maketrans(letters + letters.upper(), turned + turned.upper()))
