"""A store somewhere, and commands over it."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from pathlib import Path

from a_command import Said, here
from a_road import fresh_postgresql, master_key


class Place:
    """A store somewhere, and the environment in which commands find it."""

    def __init__(self, url: str, env: dict[str, str], folder: Path) -> None:
        self.url, self.env, self.folder = url, {**env, "CONTACTGUARD_DB": url}, folder

    def run(self, *args: str) -> Said:
        """A command on this store."""
        return here(*args, env=self.env, cwd=self.folder)

    def imported(self, text: str, name: str = "cases.csv", *options: str) -> Said:
        """Import a file with this content."""
        (self.folder / name).write_text(text)
        return self.run("import", name, *options)

    def results(self, name: str = "cases.csv") -> list[list[str]]:
        """The result file, without its header."""
        with (self.folder / f"{name}.result.csv").open(newline="") as file:
            header, *rows = csv.reader(file)
        assert header == ["row", "ref", "result", "why"]
        return rows

    def key(self, *scopes: str) -> str:
        """A new key."""
        said = self.run("keys", "create", "--name", "test", *(f"--scope={scope}" for scope in scopes))
        assert said.status == 0, said.err
        return said.out.strip()


async def places(engine: str, folder: Path) -> AsyncIterator[Place]:
    """An empty store on this engine."""
    if engine == "sqlite":
        yield Place(f"sqlite:///{folder}/store.db", {}, folder)
        return
    env = {"CONTACTGUARD_MASTER_KEY_FILE": str(master_key(folder / "master.key"))}
    async for url in fresh_postgresql():
        yield Place(url, env, folder)
