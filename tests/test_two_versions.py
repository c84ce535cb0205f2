"""Two releases on one database: who may go on beside whom, with the program of the schema before as it was landed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from a_command import call, run, serving
from a_road import fresh_postgresql, master_key
from contactguard.records.tables import SCHEMA

ROOT = Path(__file__).parents[1]
BEFORE = "2374305"  # the last program of schema 0002
NEWER = f"{int(SCHEMA) + 1:04d}"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source of the release before; skips aloud in a checkout without history."""
    folder = tmp_path_factory.mktemp("before")
    packed = subprocess.run(["git", "archive", BEFORE, "src"], cwd=ROOT, capture_output=True)
    if packed.returncode:
        pytest.skip(f"this checkout lacks the commit {BEFORE}")
    subprocess.run(["tar", "-x"], cwd=folder, input=packed.stdout, check=True)
    return folder / "src"


@pytest.fixture(params=["sqlite", "postgresql"])
async def env(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    """An empty store's environment."""
    env = {"CONTACTGUARD_MASTER_KEY_FILE": str(master_key(tmp_path / "master.key"))}
    if request.param == "sqlite":
        yield {**env, "CONTACTGUARD_DB": f"sqlite:///{tmp_path}/store.db"}
        return
    async for url in fresh_postgresql():
        yield {**env, "CONTACTGUARD_DB": url}


async def sql(env: dict[str, str], *statements: str) -> None:
    """Statements by somebody else."""
    import sqlite3

    import asyncpg

    url = env["CONTACTGUARD_DB"]
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()
        return
    other = await asyncpg.connect(url)
    for statement in statements:
        await other.execute(statement)
    await other.close()


def test_a_store_of_the_release_before_is_taken_over(env: dict[str, str], before: Path, tmp_path: Path) -> None:
    """With its keys; and the program before then refuses to start on it, and changes nothing."""
    old = {**env, "PYTHONPATH": str(before)}
    made = run("keys", "create", "--name", "crm", "--scope", "compliance", env=old, cwd=tmp_path)
    assert made.status == 0, made.err
    with serving("--test", env=env, cwd=tmp_path) as (url, _):
        assert call(f"{url}/v1/stops", made.out.strip())["items"] == []
    refused = run("keys", "list", env=old, cwd=tmp_path)
    assert refused.status != 0
    assert f"Can't locate revision identified by '{SCHEMA}'" in refused.err
    assert "crm" in run("keys", "list", env=env, cwd=tmp_path).out


async def test_a_database_is_not_upgraded_under_a_program_that_cannot_go_on(before: Path, tmp_path: Path) -> None:
    """It knows of no halts. The new one says what to do, the old one goes on answering, and then it is upgraded."""
    key_file = master_key(tmp_path / "master.key")
    async for url in fresh_postgresql():
        env = {"CONTACTGUARD_MASTER_KEY_FILE": str(key_file), "CONTACTGUARD_DB": url}
        old = {**env, "PYTHONPATH": str(before)}
        key = run("keys", "create", "--name", "crm", "--scope", "compliance", env=old, cwd=tmp_path).out.strip()
        with serving("--test", env=old, cwd=tmp_path) as (where, _):
            refused = run("keys", "list", env=env, cwd=tmp_path)
            assert refused.status == 2
            assert "stop its processes" in refused.err
            assert "items" in call(f"{where}/v1/repairs", key)
        assert run("keys", "list", env=env, cwd=tmp_path).status == 0


async def test_a_program_goes_on_beside_a_newer_schema_that_says_it_may(env: dict[str, str], tmp_path: Path) -> None:
    """A schema that only adds leaves this program working, started before it or after; another one does not."""
    key = run("keys", "create", "--name", "crm", "--scope", "compliance", env=env, cwd=tmp_path).out.strip()
    newer = ("ALTER TABLE permits ADD COLUMN campaign TEXT", f"UPDATE alembic_version SET version_num = '{NEWER}'")
    if env["CONTACTGUARD_DB"].startswith("postgresql"):
        with serving("--test", env=env, cwd=tmp_path) as (url, _):
            await sql(env, *newer, f"INSERT INTO upgrades VALUES ('{NEWER}', '{SCHEMA}')")
            assert call(f"{url}/v1/stops", key)["items"] == []
    else:
        await sql(env, *newer, f"INSERT INTO upgrades VALUES ('{NEWER}', '{SCHEMA}')")
    with serving("--test", env=env, cwd=tmp_path) as (url, _):
        assert call(f"{url}/v1/stops", key)["items"] == []
    assert run("backup", "copy", env=env, cwd=tmp_path).status == 2
    await sql(env, f"UPDATE upgrades SET works_with = '{NEWER}' WHERE schema = '{NEWER}'")
    refused = run("keys", "list", env=env, cwd=tmp_path)
    assert (refused.status, refused.err.count("\n")) == (2, 1)
    assert "upgrade this one" in refused.err


def test_the_program_before_is_the_one_that_is_tried(before: Path) -> None:
    """Its own schema number is one less."""
    env = {**os.environ, "PYTHONPATH": str(before)}
    asked = "from contactguard.records import tables; print(tables.SCHEMA)"
    said = subprocess.run([sys.executable, "-c", asked], env=env, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "0002"
