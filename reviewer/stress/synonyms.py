"""Plain words with others that say the same; none is a hedge, a claim or a term of method."""

from collections.abc import Mapping

VERBS: Mapping[str, str] = {
    "use": "utilise", "uses": "utilises", "used": "utilised", "using": "utilising",
    "show": "demonstrate", "shows": "demonstrates", "showed": "demonstrated", "shown": "demonstrated",
    "get": "obtain", "gets": "obtains", "give": "provide", "gives": "provides", "gave": "provided",
    "choose": "select", "chooses": "selects", "chose": "selected", "chosen": "selected",
    "build": "construct", "builds": "constructs", "built": "constructed",
    "help": "aid", "helps": "aids", "begin": "start", "begins": "starts", "keep": "retain", "keeps": "retains",
    "describe": "outline", "describes": "outlines", "described": "outlined", "allow": "permit", "allows": "permits",
    "explain": "clarify", "explains": "clarifies", "happen": "occur", "happens": "occurs",
    "employ": "use", "employs": "uses", "employed": "used", "obtain": "get", "obtained": "gained",
    "require": "need", "requires": "needs", "introduce": "put forward", "introduces": "puts forward",
    "investigate": "examine", "investigates": "examines", "tackle": "address", "tackles": "addresses",
    "notice": "note", "select": "choose", "selects": "chooses", "construct": "build", "constructs": "builds",
}  # fmt: skip
"""Forms of verbs, which are verbs where no article or preposition stands before them."""
OTHERS: Mapping[str, str] = {
    "big": "large", "whole": "entire", "several": "a number of", "various": "diverse", "important": "essential",
    "crucial": "vital", "main": "principal", "simple": "plain", "difficult": "hard", "fast": "quick",
    "enough": "sufficient", "wide": "broad", "same": "identical", "therefore": "hence", "thus": "hence",
    "hence": "therefore", "however": "yet", "moreover": "furthermore", "furthermore": "moreover",
    "additionally": "in addition", "namely": "that is", "specifically": "in particular", "whereas": "while",
    "similarly": "in like manner", "although": "though", "though": "although", "manner": "way", "goal": "aim",
    "idea": "notion", "ideas": "notions", "challenging": "demanding", "subsequently": "afterwards",
    "regarding": "concerning", "particularly": "especially", "especially": "particularly",
}  # fmt: skip
