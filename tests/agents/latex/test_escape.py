"""Plain text inside LaTeX."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.latex.escape import breakable, escape_latex


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("50% of a_b & c", r"50\% of a\_b \& c"),
        (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
        ("a < b", r"a \ensuremath{<} b"),
        ("Müller", "Müller"),
        ("数", "?"),
        ("two\n lines", "two lines"),
    ],
)
def test_special_characters_print_as_themselves(text: str, latex: str) -> None:
    assert escape_latex(text) == latex


@given(st.text())
def test_escaped_text_carries_no_command_of_its_own(text: str) -> None:
    escaped = escape_latex(text)
    for harmless in (r"\textbackslash{}", r"\{", r"\}", r"\%", r"\&", r"\#", r"\_", r"\$"):
        escaped = escaped.replace(harmless, "")
    assert not any(char in escaped for char in "%&#$_")
    assert escaped.count("{") == escaped.count("}")


def test_names_without_spaces_may_break_at_their_joints() -> None:
    assert breakable("a_b.c") == r"a\_\allowbreak{}b.\allowbreak{}c"
