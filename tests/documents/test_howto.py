"""The files that the how-tos show: each is read as its program does, or run."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sysconfig
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner

from documents.markdown import DOCS, files
from statusek_client import StatusekClient
from statusek_server import Settings
from statusek_server.outcomes import Code
from strategies.databases import cluster, execute
from strategies.server_kit import running

SCRIPTS = sysconfig.get_path("scripts")


def yaml_of(page: str, name: str) -> Any:  # noqa: ANN401 - whatever the file says
    return import_module("yaml").safe_load(files(page)[name])


def test_the_settings_of_the_service_are_settings(tmp_path: Path) -> None:
    """A server reads the settings beside the unit, and stops in less time than the unit has."""
    shown = files("howto/systemd.md")
    path = tmp_path / "statusek.toml"
    path.write_text(shown["statusek.toml"])
    settings = Settings.read({"config": str(path)}, {})
    assert tomllib.loads(shown["statusek.toml"])["database"] == settings.database
    [stop] = re.findall(r"^TimeoutStopSec=(\d+)$", shown["statusek.service"], re.MULTILINE)
    assert settings.drain_seconds < int(stop)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_the_unit_is_one_for_systemd(tmp_path: Path) -> None:
    """systemd finds nothing to complain of, once the program and the user are there."""
    unit = tmp_path / "statusek.service"
    text = files("howto/systemd.md")["statusek.service"]
    text = text.replace("/opt/statusek/bin/statusek", f"{SCRIPTS}/statusek")
    unit.write_text(text.replace("User=statusek", "User=root"))
    run = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (0, []) == (run.returncode, [x for x in run.stderr.splitlines() if "statusek" in x])


def test_the_container_serves_and_says_that_it_is_well(tmp_path: Path) -> None:
    """Environment, entry point and health check of the Containerfile work with the package."""
    text = files("howto/container.md")["Containerfile"]
    environment = dict(re.findall(r"^ENV (\w+)=(.*)$", text, re.MULTILINE))
    [entry] = (json.loads(line) for line in re.findall(r"^ENTRYPOINT (.*)$", text, re.MULTILINE))
    [health] = (json.loads(x) for x in re.findall(r"^HEALTHCHECK CMD (.*)$", text, re.MULTILINE))
    environment |= {
        "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}",
        "STATUSEK_DATABASE": environment["STATUSEK_DATABASE"].replace(
            "/var/lib/statusek", str(tmp_path)
        ),
    }
    command = [f"{SCRIPTS}/{entry[0]}", *entry[1:], "--port", "0"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        [port] = re.findall(r"listening on http://0\.0\.0\.0:(\d+)", server.stderr.readline())
        checked = subprocess.run(
            [f"{SCRIPTS}/{health[0]}", *(part.replace("8080", port) for part in health[1:])],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        server.terminate()
        assert (0, "OK\n", "") == (checked.returncode, checked.stdout, checked.stderr)
        assert 0 == server.wait(30)


def test_the_deployment_asks_what_a_server_answers(tmp_path: Path) -> None:
    """Its probes are answered with 200, its variables are settings, its patience is enough."""
    deployment = yaml_of("howto/container.md", "deployment.yaml")
    pod = deployment["spec"]["template"]
    [container] = pod["spec"]["containers"]
    assert deployment["spec"]["selector"]["matchLabels"] == pod["metadata"]["labels"]
    assert pod["spec"]["terminationGracePeriodSeconds"] > Settings().drain_seconds
    assert {f"STATUSEK_{name.upper()}" for name in Settings.__annotations__} > {
        variable["name"] for variable in container["env"]
    }
    with running(tmp_path) as server:
        for probe in ("livenessProbe", "readinessProbe"):
            path = container[probe]["httpGet"]["path"]
            assert 200 == httpx2.get(f"{server.url}{path}").status_code


def test_the_alerts_name_figures_that_a_server_has(tmp_path: Path) -> None:
    """Every figure and every value of a label in the rules is one that a real server can say."""
    rules = yaml_of("howto/monitoring.md", "statusek.rules.yml")["groups"][0]["rules"]
    config = yaml_of("howto/monitoring.md", "prometheus.yml")
    assert ["statusek.rules.yml"] == config["rule_files"]
    expressions = " ".join(rule["expr"] for rule in rules)
    with running(tmp_path) as server:
        with StatusekClient(server.url) as statusek:
            statusek.create("TASK", instance_timeout=600).set("RUN")
        said = httpx2.get(f"{server.url}/metrics").text
    known = {re.split(r"[{ ]", line)[0] for line in said.splitlines() if line[:1] != "#"}
    assert set(re.findall(r"\bstatusek_\w+", expressions)) <= known
    calls = set(re.findall(r'call="(\w+)"', said))
    assert set(re.findall(r'call="(\w+)"', expressions)) <= calls
    codes = {
        code for each in re.findall(r'code=~?"([\w|]+)"', expressions) for code in each.split("|")
    }
    assert codes <= set(Code)


def test_a_server_lives_in_the_database_that_the_statements_make(tmp_path: Path) -> None:
    """As the role that owns the database a server makes its tables and takes calls."""
    page = (DOCS / "howto/postgresql.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    statements = [line for line in block.splitlines() if line[:2] != "--"]
    execute(cluster(), *statements)
    url = re.sub(
        r"//[^@/]*@?([^/]*)/\w+", r"//statusek:choose%20one@\1/statusek", cluster(), count=1
    )
    try:
        with running(tmp_path, "--database", url) as server, StatusekClient(server.url) as statusek:
            task = statusek.create("1-POINT TASK", instance_timeout=60).set("FINISHED")
            assert task.check_is_finished()
            server.stop()
    finally:
        execute(cluster(), "drop database statusek with (force)", "drop role statusek")


def test_the_commands_of_the_pages_are_commands() -> None:
    """Every `statusek` command with options that a page shows as text has these options."""
    from statusek_cli.frame import statusek

    shown = [
        shlex.split(line.split("| ")[0])
        for page in DOCS.glob("howto/*.md")
        for line in re.findall(
            r"^ *[$#] \S*\b(statusek .*)$", page.read_text("utf-8"), re.MULTILINE
        )
    ]
    assert shown
    for words in shown:
        run = CliRunner().invoke(statusek, [*words[1:], "--help"])
        assert (0, "") == (run.exit_code, run.stderr), words
