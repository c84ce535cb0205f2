"""What is shipped to run the service with agrees with the service: image, compose file, unit."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from contactguard.settings import load

ROOT = Path(__file__).parents[1]
DOCKER = ROOT / "docker"
DOCKERFILE = (DOCKER / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text())
UNIT = (DOCKER / "contactguard.service").read_text()


def test_the_image_copies_what_is_there_and_ignores_the_rest() -> None:
    """Each source stands in the checkout, and is let through to the builder."""
    let_through = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    for line in re.findall(r"^COPY ([^-].*)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in let_through


def test_the_image_runs_as_nobody_in_particular_and_says_how_it_is() -> None:
    """A user of its own by number, set before the command; a health check at the port that is exposed."""
    lines = DOCKERFILE.splitlines()
    uid = re.search(r"--uid (\d+)", DOCKERFILE)
    assert uid is not None
    assert lines.index(f"USER {uid.group(1)}") < lines.index('ENTRYPOINT ["contactguard"]')
    (exposed,) = re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)
    assert f"127.0.0.1:{exposed}/healthz" in DOCKERFILE
    assert f"chown -R {uid.group(1)} " in (DOCKER / "prepare").read_text()


@pytest.mark.parametrize(
    "text", [DOCKERFILE, (DOCKER / "compose.yaml").read_text(), UNIT], ids=["image", "compose", "unit"]
)
def test_every_variable_named_is_a_setting(text: str) -> None:
    """A misspelt one would stop the service at its start."""
    found = set(re.findall(r"\b(CONTACTGUARD_[A-Z_]+)\s*[=:]", text)) - {"CONTACTGUARD_HOST", "CONTACTGUARD_CONFIG"}
    assert found
    load(environ=dict.fromkeys(found, "1"))


def test_only_the_front_is_open_to_the_outside() -> None:
    """The database has no way out, the gate publishes no port, and no secret stands in the file."""
    services = COMPOSE["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["front"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert services["database"]["networks"] == ["inside"]
    assert "password" not in str(services["gate"]["environment"]).lower()
    gate = services["gate"]
    assert (gate["read_only"], gate["cap_drop"]) == (True, ["ALL"])
    assert "reverse_proxy gate:8030" in (DOCKER / "Caddyfile").read_text()


def test_what_compose_needs_is_made_once(tmp_path: Path) -> None:
    """Secrets for their owner alone; a second run changes none of them."""
    if shutil.which("openssl") is None:
        pytest.fail("openssl is not here") if os.environ.get("CONTACTGUARD_TESTBED") == "1" else pytest.skip(
            "no openssl"
        )
    shutil.copy(DOCKER / "prepare", tmp_path)
    made = []
    for _ in range(2):
        subprocess.run([tmp_path / "prepare"], check=True, capture_output=True)
        files = sorted(path for path in tmp_path.rglob("secrets/**/*") if path.is_file())
        made.append({path: path.read_bytes() for path in files})
    assert made[0] == made[1]
    assert {path.name for path in made[0]} == {"master.key", "pgpass", "postgres"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in made[0]} == {0o600}
    mounted = [volume.split(":")[0] for volume in COMPOSE["services"]["gate"]["volumes"]]
    assert all((tmp_path / source).exists() for source in mounted)


def test_the_unit_is_understood(tmp_path: Path) -> None:
    """By systemd's own reader, with a command that is there."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze")
    unit = tmp_path / "contactguard.service"
    unit.write_text(UNIT.replace("/opt/contactguard/bin/contactguard", "/bin/true"))
    said = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")
