"""At a node: load a file of the demonstration and release it, as two people would. Arguments: HOME DATA_DIR FILE."""

import sys
from pathlib import Path

from istmo.app.demonstration import files
from istmo.app.home import open_home
from istmo.app.region import load_node
from istmo.app.settings import Settings


def main(home: Path, data_dir: Path, name: str) -> None:
    with open_home(Settings(home=home, data_dir=data_dir, log_level="error")) as opened:
        load_node(opened, region=[file for file in files() if file.name == name], progress=lambda file: None)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
