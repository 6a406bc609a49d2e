"""The door to this package for an interpreter that knows nothing of Naturalist: `python -I -S start.py ...`.

`start.py once REQUEST` supervises one command, its streams being 0 (control), 1 (output) and 2 (report);
`start.py serve DESCRIPTOR MODULE...` starts commands as they are asked for on a socket (see resident.py).
"""

import os
import sys

sys.path.insert(0, os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "..")))  # noqa: PTH100, PTH118, PTH120

if __name__ == "__main__":
    if sys.argv[1] == "once":
        from agents.sandbox.inside.launcher import supervise_once

        supervise_once(sys.argv[2])
    else:
        from agents.sandbox.inside.resident import serve

        serve(int(sys.argv[2]), sys.argv[3:])
