#!/bin/sh
# Install what is missing of TeX (and bubblewrap on Linux) through the system's package manager, or say what to install.
# Never fails: without TeX `naturalist run` says so itself, and tests that need it are skipped with a reason.
set -u
debian="texlive-latex-recommended texlive-fonts-recommended texlive-latex-extra latexmk"
files="amsmath.sty booktabs.sty caption.sty geometry.sty helvet.sty hyperref.sty mathptmx.sty microtype.sty natbib.sty needspace.sty
titlesec.sty xcolor.sty xurl.sty"
PATH="$PATH:/Library/TeX/texbin" # MacTeX, before the shell knows of it

has_tex() {
    for program in latexmk pdflatex bibtex kpsewhich; do
        command -v "$program" >/dev/null 2>&1 || return 1
    done
    for file in $files; do
        kpsewhich "$file" >/dev/null || return 1
    done
}

install_tex() {
    if command -v apt-get >/dev/null 2>&1; then
        SAY="installing TeX (about 110 MB to fetch, a minute or two)" sh scripts/apt_install.sh $debian
    elif command -v brew >/dev/null 2>&1; then
        echo "setup: installing TeX with Homebrew (some gigabytes, this takes a while)"
        brew install texlive
    fi
}

say_how() {
    case "$(uname -s)" in
    Darwin) echo "setup: TeX is missing and papers need it: brew install texlive" ;;
    *) if command -v apt-get >/dev/null 2>&1; then
        echo "setup: TeX is missing and papers need it: sudo apt-get install -y --no-install-recommends $debian"
    else
        echo "setup: TeX is missing and papers need it: install TeX Live with latexmk, natbib, booktabs and cleveref"
    fi ;;
    esac >&2
}

# For a later version's stronger sandbox; nothing needs it yet, so its absence is no one's error.
if [ "$(uname -s)" = Linux ] && ! command -v bwrap >/dev/null 2>&1; then
    sh scripts/apt_install.sh bubblewrap 2>/dev/null || true
fi
has_tex || install_tex || true
if has_tex; then
    touch .venv/.system
else
    say_how
fi
