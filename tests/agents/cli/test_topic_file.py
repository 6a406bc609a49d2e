"""Topic files as people write them: those of AI-Scientist-v2 in all their spellings, plain notes, and junk."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.cli.topic_file import MOST_BRIEF_CHARS, MOST_TITLE_CHARS, Subject, read_topic_file
from agents.errors import UserError

WORKSHOP = """# Title: When deep learning disappoints
## Keywords
negative results, generalization

## TL;DR
What fails, and why?

## Abstract
We ask for studies of failure.

### Scope
Any field.

## Code To Potentially Use
```python
# Abstract: this is a comment
x = 1
```
"""


def read(folder: Path, text: str) -> Subject:
    path = folder / "topic.md"
    path.write_text(text, encoding="utf-8")
    return read_topic_file(path)


def test_a_workshop_file_gives_question_and_brief(tmp_path: Path) -> None:
    subject = read(tmp_path, WORKSHOP)
    assert subject.title == "When deep learning disappoints"
    assert subject.brief.startswith(
        "Keywords: negative results, generalization\n\nTL;DR: What fails, and why?\n\nAbstract: We ask for studies of"
    )
    assert "### Scope\nAny field." in subject.brief
    assert "# Abstract: this is a comment" in subject.brief
    assert subject.left_out == 0


@pytest.mark.parametrize(
    "text",
    [
        "# Title: A question\n## Keywords\na, b\n## TL;DR\nshort\n## Abstract\nlong",
        "## TITLE\nA question\n#### keywords: a, b\n# tldr: short\n### ABSTRACT ###\nlong",
        "**Title:** A question\n\n**Keywords**: a, b\n\n__TL;DR__\nshort\n\n**Abstract**\n\nlong",
        "Title: A question\nKey words: a, b\nTL;DR: short\nAbstract: long",
        "---\ntitle: A question\nkeywords: a, b\n---\n# Summary\nshort\n# Abstract\nlong",
        "# A question\n\n## Abstract\nlong\n## TL; DR\nshort\n## **Keywords**\na, b",
        "﻿# Title: *A question*\r\n## Keywords:\r\na, b\r\n## TL;DR:\r\nshort\r\n## Abstract:\r\nlong\r\n",
    ],
)
def test_headings_differ_in_level_case_bold_and_colon(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == Subject("A question", "Keywords: a, b\n\nTL;DR: short\n\nAbstract: long")


@pytest.mark.parametrize(
    "text", ["# A question\n\nmore of it\n", "A question\nmore of it", "\n\n** A question **\n\nmore of it"]
)
def test_a_text_without_labels_starts_with_its_question(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == Subject("A question", "more of it")


def test_words_in_a_sentence_are_no_labels(tmp_path: Path) -> None:
    subject = read(tmp_path, "Do titles matter?\nTitle and abstract of a paper say what it is about.")
    assert subject == Subject("Do titles matter?", "Title and abstract of a paper say what it is about.")


def test_a_file_without_a_title_takes_the_shortest_summary(tmp_path: Path) -> None:
    assert read(tmp_path, "## Abstract\nA long one.\n## TL;DR\nDoes it work?").title == "Does it work?"


def test_a_long_first_line_is_asked_by_its_first_sentence_and_kept_whole(tmp_path: Path) -> None:
    text = "Does a long text help? " + "It may well do so. " * 100
    subject = read(tmp_path, text)
    assert subject.title == "Does a long text help?"
    assert subject.brief == text.strip()


def test_what_is_left_out_of_a_long_brief_is_counted(tmp_path: Path) -> None:
    subject = read(tmp_path, "# Title: T\n## Abstract\n" + "word " * 3000)
    assert len(subject.brief) <= MOST_BRIEF_CHARS
    assert len(subject.brief) + subject.left_out == len("Abstract: ") + 5 * 3000 - 1


def test_another_question_leaves_the_title_in_the_brief() -> None:
    assert Subject("Old", "Abstract: x").asked_as("New?") == Subject("New?", "Title: Old\n\nAbstract: x")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n\t", "is empty"),
        (b"\x89PNG\0\0", "binary"),
        ("caf\u00e9".encode("latin-1"), "not UTF-8"),
        (b"x" * 2_000_001, "2000001 bytes"),
        (b"# \n---\n", "no title"),
        (b"<!-- a comment -->", "no title"),
    ],
)
def test_what_is_no_topic_is_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "topic.md"
    path.write_bytes(content)
    with pytest.raises(UserError, match=said) as caught:
        read_topic_file(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not there"):
        read_topic_file(tmp_path / "gone.md")
    with pytest.raises(UserError, match="is a folder"):
        read_topic_file(tmp_path)


LINES = st.sampled_from(
    ["# Title: x", "## Abstract", "**Keywords:** a", "TL;DR", "```", "---", "#", "##### y #", "text", ""]
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=400), st.lists(LINES, max_size=30).map("\n".join)))
def test_any_text_is_a_bounded_subject_or_one_line(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "junk.md"
    path.write_bytes(text.encode("utf-8", "replace"))
    try:
        subject = read_topic_file(path)
    except UserError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert 0 < len(subject.title) <= MOST_TITLE_CHARS
        assert len(subject.title.splitlines()) == 1
        assert len(subject.brief) <= MOST_BRIEF_CHARS
