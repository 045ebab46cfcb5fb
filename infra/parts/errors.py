"""What can go wrong with a part; the text always says what mends it."""


class PartMissing(Exception):
    """A part or a tool that makes it is not on this machine."""

    def __init__(self, name: str, mend: str) -> None:
        super().__init__(f"{name} is missing. To mend it: {mend}")
        self.name = name
        self.mend = mend


class PartFailed(Exception):
    """Making a part was tried and failed."""


TOOLS = {
    "go": "install Go 1.25 or newer (Debian 13: apt-get install golang-go; older: -t bookworm-backports)",
    "npm": "apt-get install nodejs npm (Node.js 18 or newer)",
    "node": "apt-get install nodejs (18 or newer)",
    "java": "apt-get install openjdk-17-jre-headless",
    "mvn": "apt-get install maven",
}
"""What installs each tool that the set-up calls; package names are Debian's."""
