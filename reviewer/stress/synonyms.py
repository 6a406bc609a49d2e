"""Plain words with others that say the same; none is a hedge, a claim or a term of method."""

from collections.abc import Mapping

_VERBS: Mapping[str, str] = {
    "use": "utilise", "uses": "utilises", "used": "utilised", "using": "utilising",
    "show": "demonstrate", "shows": "demonstrates", "showed": "demonstrated", "shown": "demonstrated",
    "get": "obtain", "gets": "obtains", "give": "provide", "gives": "provides", "gave": "provided",
    "choose": "select", "chooses": "selects", "chose": "selected", "chosen": "selected",
    "build": "construct", "builds": "constructs", "built": "constructed", "make": "render", "need": "require",
    "needs": "requires", "needed": "required", "help": "aid", "helps": "aids", "start": "begin", "starts": "begins",
    "keep": "retain", "keeps": "retains", "begin": "start", "begins": "start", "describe": "outline",
    "describes": "outlines", "allow": "permit", "allows": "permits", "explain": "clarify", "explains": "clarifies",
    "happen": "occur", "happens": "occurs", "find": "observe", "finds": "observes", "employ": "use",
    "employs": "uses", "employed": "used", "obtain": "get", "obtained": "gained", "require": "need",
    "requires": "needs", "consider": "regard", "denote": "write", "introduce": "put forward",
    "introduces": "puts forward", "investigate": "examine", "investigates": "examines", "tackle": "address",
}  # fmt: skip
_OTHERS: Mapping[str, str] = {
    "big": "large", "whole": "entire", "many": "numerous", "several": "a number of", "various": "diverse",
    "important": "essential", "key": "central", "main": "principal", "simple": "plain", "hard": "difficult",
    "easy": "straightforward", "fast": "quick", "enough": "sufficient", "wide": "broad", "same": "identical",
    "therefore": "hence", "thus": "hence", "hence": "therefore", "however": "yet", "moreover": "furthermore",
    "furthermore": "moreover", "also": "likewise", "additionally": "in addition", "namely": "that is",
    "specifically": "in particular", "usually": "as a rule", "similarly": "in like manner", "since": "as",
    "while": "whereas", "although": "though", "though": "although", "about": "regarding", "within": "inside",
    "way": "manner", "ways": "manners", "aim": "goal", "goal": "aim", "part": "portion", "parts": "portions",
    "kind": "type", "kinds": "types", "work": "study", "step": "stage", "steps": "stages", "idea": "notion",
    "ideas": "notions", "field": "area", "area": "field",
}  # fmt: skip
SYNONYMS: Mapping[str, str] = {**_VERBS, **_OTHERS}
"""Lower-case word to its other."""
