"""veraPDF, the validator of PDF/A: its jars come from Maven, its driver is tests/verapdf/Check.java."""

import subprocess
from pathlib import Path

from infra.parts.commands import tool
from infra.parts.java import maven_classpath
from infra.settings import settings

FOLDER = Path(__file__).parents[2] / "verapdf"


def broken_rules(files: dict[str, bytes], folder: Path) -> dict[str, str]:
    """What veraPDF says of each file against PDF/A-3b: `compliant`, or the rules it breaks. One JVM for all."""
    for name, content in files.items():
        (folder / f"{name}.pdf").write_bytes(content)
    paths = [str(folder / f"{name}.pdf") for name in files]
    jars = maven_classpath(settings(), FOLDER / "pom.xml")
    command = [tool("java"), "-cp", f"{jars}/*", str(FOLDER / "Check.java"), *paths]
    output = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    answers = dict(line.split("\t", 1) for line in output.stdout.splitlines() if "\t" in line)
    assert set(answers) == set(paths), output.stderr
    return {Path(path).stem: answer for path, answer in answers.items()}
