"""What pycanon says of two tables; it pins an old numpy, so it is no dependency.

    python tests/tools/pycanon_golden.py FOLDER [ADULT_CSV] > tests/measures/pycanon.json

The first run makes an environment of its own in FOLDER.
"""

import json
import subprocess
import sys
import venv
import warnings
from pathlib import Path

PEER = "pycanon==1.3.6"
ADULT_ROWS = 6000
ADULT = (("age", "sex", "race"), ("income", "education", "hours_per_week"))
MADE = (("age", "region"), ("illness", "wage"))


def made():
    """A small table that needs no file: every column a formula."""
    rows = range(360)
    return {
        "age": [20 + i * 7 % 6 for i in rows],
        "region": ["nesw"[i * i % 4 % 3] for i in rows],
        "illness": [f"d{(i * i + i // 7) % 5}" for i in rows],
        "wage": [1000 * ((i * 13 + i // 11) % 9) for i in rows],
    }


def peer(folder):
    """Python of an environment that has pycanon."""
    python = Path(folder) / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", PEER]
        subprocess.run(install, check=True, stdout=sys.stderr)
    return python


def say(frame, quasi, sensitive):
    from pycanon import anonymity as peer

    quasi = list(quasi)
    found = {"k": int(peer.k_anonymity(frame, quasi))}
    for name in sensitive:
        alpha, _ = peer.alpha_k_anonymity(frame, quasi, [name])
        found[name] = {
            "l": int(peer.l_diversity(frame, quasi, [name])),
            "floor_of_entropy_l": int(peer.entropy_l_diversity(frame, quasi, [name])),
            "t": float(peer.t_closeness(frame, quasi, [name])),
            "alpha": float(alpha),
            "beta": float(peer.basic_beta_likeness(frame, quasi, [name])),
            "delta": float(peer.delta_disclosure(frame, quasi, [name])),
        }
    return found


def inside(adult):
    import pandas as pd

    warnings.filterwarnings("ignore")
    said = {"peer": PEER, "made": say(pd.DataFrame(made()), *MADE)}
    if adult:
        frame = pd.read_csv(adult, keep_default_na=False).head(ADULT_ROWS)
        said["adult"] = say(frame, *ADULT)
    print(json.dumps(said, indent=1))


if __name__ == "__main__":
    if sys.argv[1] == "--inside":
        inside(sys.argv[2])
    else:
        words = [peer(sys.argv[1]), __file__, "--inside", *(sys.argv[2:3] or [""])]
        sys.exit(subprocess.run(words, check=False).returncode)
