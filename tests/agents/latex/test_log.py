"""What a LaTeX log complains about."""

from agents.latex.log import count_pages, read_bibtex_log, read_log

LOG = r"""This is pdfTeX
(./paper.tex (./naturalist.sty) (./sections/results.tex
LaTeX Warning: Reference `tab:nowhere' on page 1 undefined on input line 3.

Package natbib Warning: Citation `nobody1999' on page 1 undefined on input line 4.

Overfull \hbox (12.5pt too wide) in paragraph at lines 5--6
[]\T1/ptm/m/n/10 a very long (word
 []

Overfull \hbox (0.4pt too wide) in paragraph at lines 7--8
[]\T1/ptm/m/n/10 short
 []

Missing character: There is no € in font ptmr8t!
) (./sections/limitations.tex)

LaTeX Warning: Label `fig:a' multiply defined.

Output written on paper.pdf (7 pages, 12345 bytes).
"""


def test_each_complaint_is_one_line_with_the_file_it_was_found_in() -> None:
    problems = read_log(LOG)
    assert problems == (
        "undefined: sections/results.tex: Reference `tab:nowhere' on page 1 undefined",
        "undefined: sections/results.tex: Citation `nobody1999' on page 1 undefined",
        "overfull: sections/results.tex: 12.5pt in paragraph at lines 5--6",
        "missing character: sections/results.tex: There is no € in font ptmr8t!",
        "duplicate: paper.tex: Label `fig:a' multiply defined",
    )
    assert count_pages(LOG) == 7


def test_an_error_names_file_and_line() -> None:
    log = "(./paper.tex\n./sections/method.tex:12: Undefined control sequence.\nl.12 \\foo\n"
    assert read_log(log) == ("error: sections/method.tex:12: Undefined control sequence \\foo.",)


def test_an_error_without_a_line_is_still_an_error() -> None:
    assert read_log("! Emergency stop.\n") == ("error: paper: Emergency stop.",)


def test_a_clean_log_has_no_problems() -> None:
    assert read_log("(./paper.tex)\nOutput written on paper.pdf (1 page, 2 bytes).\n") == ()


def test_bibtex_warnings_are_problems() -> None:
    log = 'This is BibTeX\nWarning--I didn\'t find a database entry for "x"\n(There was 1 warning)\n'
    assert read_bibtex_log(log) == ('bibtex: Warning--I didn\'t find a database entry for "x"',)
