"""What the README says is what happens: its commands are run, in order, as they stand there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from a_command import COMMAND

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#]+)\)")
STARTS, TESTS = "scripts/run", "scripts/test"


def blocks() -> list[str]:
    """The shell blocks of the README, in order."""
    return [block.strip() for block in SHELL.findall(README)]


@pytest.fixture
def needs_curl() -> None:
    """Skips aloud where there is no curl."""
    if shutil.which("curl") is None:
        pytest.fail("no curl") if os.environ.get("CONTACTGUARD_TESTBED") == "1" else pytest.skip("no curl")


class Checkout:
    """A place that looks like the checkout, with the demo running on its own port."""

    def __init__(self, folder: Path) -> None:
        (folder / "var").mkdir()
        shutil.copytree(ROOT / "docs" / "examples", folder / "docs" / "examples")
        self.folder, self.url, self.lines = folder, "", list[str]()
        self.env = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def start(self) -> subprocess.Popen[str]:
        """What `scripts/run` starts once the environment is made; reads what it prints until the last line."""
        made = re.search(r"^exec \.venv/bin/contactguard (.*)$", (ROOT / "scripts/run").read_text(), re.MULTILINE)
        assert made is not None
        args = (
            made[1].replace('"${CONTACTGUARD_DB:-sqlite:///var/demo.db}"', "sqlite:///var/demo.db").replace(' "$@"', "")
        )
        self.process = subprocess.Popen(
            (*COMMAND, *args.split(), "--port", "0"),
            cwd=self.folder, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.strip())
            if described := re.match(r"(http://\S+)/docs", line):
                self.url = described[1]
                break
        assert self.url, self.lines
        return self.process

    def sh(self, text: str) -> str:
        """Run a piece of shell as pasted; it must succeed."""
        here = text.replace("http://127.0.0.1:8030", self.url)
        done = subprocess.run(
            ["sh", "-ec", here], cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, (here, done.stdout, done.stderr)
        return done.stdout


@pytest.fixture
def checkout(tmp_path: Path, needs_curl: None) -> Any:
    """The demo running, as after `scripts/run`."""
    place = Checkout(tmp_path)
    process = place.start()
    yield place
    process.terminate()
    process.communicate(timeout=60)


def test_the_readme_begins_with_two_commands() -> None:
    """Run it, test it; both scripts are there and can be executed."""
    assert blocks()[:2] == [STARTS, TESTS]
    for script in (STARTS, TESTS):
        assert os.access(ROOT / script, os.X_OK)


def test_every_link_leads_somewhere() -> None:
    """Guides named in README and docs exist."""
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")):
        for target in LINK.findall(page.read_text("utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_commands_of_the_readme_work(checkout: Checkout) -> None:
    """Every other block runs, in order, in one shell's environment, and answers what the text around it says."""
    rest = [block for block in blocks() if block not in (STARTS, TESTS)]
    refused = json.loads(checkout.sh(rest[0]))
    assert refused["verdict"] == "deny"
    assert "post_conversation_wait" in [reason["code"] for reason in refused["reasons"]]
    assert refused["next_allowed"]
    assert refused["permit"] is None
    key = rest[0].splitlines()[0] + "\n"
    for block in rest[1:]:
        checkout.sh(key + block)
    results = (checkout.folder / "var/cases.result.csv").read_text()
    assert results.count("created") == 3


def test_the_three_lines_the_demo_prints_can_be_pasted(checkout: Checkout) -> None:
    """A refusal with its reason and moment, a call through to its outcome, and the record of that call."""
    pasted = [line for line in checkout.lines if line.startswith("curl ")]
    assert len(pasted) == 3
    refused = json.loads(checkout.sh(pasted[0]))
    assert refused["verdict"] == "deny"
    assert refused["reasons"][0]["citation"]
    assert refused["next_allowed"]
    decoder = json.JSONDecoder()
    said = checkout.sh(pasted[1])
    allowed, end = decoder.raw_decode(said)
    assert allowed["verdict"] == "allow"
    outcome = json.loads(said[end:])["items"][0]
    assert (outcome["permit"], outcome["outcome"]) == (allowed["permit"]["id"], "conversation")
    assert json.loads(checkout.sh(pasted[2]))["items"][0]["id"] == outcome["id"]
