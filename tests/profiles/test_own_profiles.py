"""Profiles of one's own: a folder beside the shipped ones, as a ConfigMap is mounted."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from function.errors import ConfigurationError
from function.playground.examples import examples_of
from function.profiles.registry import (
    ProfileRegistry,
    check_folder,
    profiles_with,
    shipped_profiles,
)
from function.profiles.toml_text import toml_text
from tests.adapters import ROOT, clean_environment, reserved_port, serve
from tests.conftest import Running
from tests.scripted import Call, ScriptedModel

Run = Callable[..., Running]
HEAD = 'description = "d"\nsystem = "s"\n'
PAGE = (ROOT / "docs" / "profiles.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def mount(folder: Path, **texts: str) -> Path:
    """Lay files into a folder as the kubelet mounts a ConfigMap."""
    revision = folder / "..2026_11_29_20_00_00.123"
    revision.mkdir()
    (folder / "..data").symlink_to(revision.name)
    for name, text in texts.items():
        file = f"{name.replace('_', '-')}.toml"
        (revision / file).write_text(text, "utf-8")
        (folder / file).symlink_to(f"..data/{file}")
    return folder


def shelf(folder: Path, **texts: str) -> ProfileRegistry:
    return profiles_with(str(mount(folder, **texts)))


def test_a_mounted_folder_adds_profiles(tmp_path: Path) -> None:
    (tmp_path / ".swap.toml").write_text("not TOML")
    (tmp_path / "README.md").write_text("not TOML")
    found = shelf(tmp_path, one=HEAD + 'aliases = ["uno"]', two="\ufeff" + HEAD)
    assert set(found) == {*shipped_profiles(), "one", "two"}
    assert found.find("uno") is found["one"]


def test_an_empty_folder_adds_nothing(tmp_path: Path) -> None:
    assert list(shelf(tmp_path)) == list(shipped_profiles())


def test_the_same_name_replaces_a_shipped_profile(tmp_path: Path) -> None:
    found = shelf(tmp_path, agent_bruno=HEAD)
    assert found["agent-bruno"].system == "s"
    assert found["agent-bruno"].response_format is None
    assert set(found) == set(shipped_profiles())


def test_a_shipped_profile_is_extended_by_its_own_name(tmp_path: Path) -> None:
    name = "agent-restaurant-host"
    found = shelf(tmp_path, agent_restaurant_host=f'extends = "{name}"\nmax_tokens = 9')
    shipped = shipped_profiles()[name]
    assert found[name] == shipped.model_copy(update={"max_tokens": 9})
    assert found.find("host-maximilian") is found[name]


def test_shipped_profiles_follow_the_one_that_they_extend(tmp_path: Path) -> None:
    own = 'extends = "agent-store-multibrands"\nmax_tokens = 9'
    found = shelf(tmp_path, agent_store_multibrands=own)
    assert found["agent-store-multibrands-luna"].max_tokens == 9


def test_files_extend_each_other_over_several(tmp_path: Path) -> None:
    found = shelf(
        tmp_path,
        a='extends = "b"\ndescription = "a"',
        b='extends = "agent-store-multibrands-luna"\nmax_tokens = 9\naliases = ["bee"]',
    )
    luna = shipped_profiles()["agent-store-multibrands-luna"]
    assert (found["a"].system, found["a"].max_tokens) == (luna.system, 9)
    assert found["a"].aliases == [] and found.find("bee") is found["b"]


SCHEMA = '[response_format]\ntype = "json_schema"\n[response_format.schema]\n'
WRONG = [
    (HEAD + "x = 1\ny = ?\n", "a.toml: not TOML: Invalid value (at line 4, column 5)"),
    (HEAD + "x = 1\ny =", "a.toml: not TOML: Invalid value (at line 4)"),
    (HEAD + "colour = 1", "a.toml: colour: unknown key"),
    (HEAD + "[checks]\nrhymes = true", "a.toml: checks.rhymes: unknown key"),
    (HEAD + '[[rules]]\nexpression = "answer =="\nmessage = "m"', "a.toml: rules.0.expression: "),
    (HEAD + '[[fill]]\nfield = "f"\nvalue = "answer.x"', "a.toml: fill.0.value: "),
    (HEAD + SCHEMA + "maxItems = 99999999", "a.toml: response_format.schema: maxItems: "),
    (HEAD + SCHEMA + 'type = "strin"', "a.toml: response_format.schema: no JSON Schema: "),
    (HEAD + SCHEMA + "default = 2026-11-29", "a.toml: response_format.schema.default: dates "),
    (HEAD + SCHEMA + "default = nan", "a.toml: response_format.schema.default: must be a finite"),
    (HEAD + "[checks]\nregex = '('", "a.toml: checks.regex: "),
    (HEAD + 'aliases = [""]', "a.toml: aliases.0: "),
    (HEAD + 'aliases = ["x\\ny"]', "a.toml: aliases.0: must not hold control characters"),
    (HEAD + 'aliases = ["u", "u"]', "a.toml: aliases: u stands twice"),
    (HEAD + 'aliases = ["agent-bruno"]', "a.toml: aliases: agent-bruno already belongs to agent-b"),
    (HEAD + 'aliases = ["waiter-pierre"]', "a.toml: aliases: waiter-pierre already belongs to age"),
    (HEAD + 'extends = "nobody"', "a.toml: extends: no other profile is named nobody"),
    (HEAD + 'extends = "a"', "a.toml: extends: no other profile is named a"),
    (HEAD + "extends = 3", "a.toml: extends: no other profile is named 3"),
    ("[" + ".".join(["a"] * 4_000) + "]", "a.toml: nested too deeply"),
    ("a = " + "[" * 9_000, "a.toml: nested too deeply"),
    ('"a\\nb" = 1\n' + HEAD, "a.toml: a b: unknown key"),
    ("", "a.toml: description: Field required"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "problem"), WRONG, ids=[problem for _, problem in WRONG])
def test_a_wrong_file_is_one_line(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as wrong:
        shelf(tmp_path, a=text)
    line = str(wrong.value)
    assert line.startswith(f"wrong profile: {problem}")
    assert line.isprintable() and len(line) < 500


def test_a_name_that_is_taken_as_an_alias_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"waiter-pierre.toml: its name .* alias of agent"):
        shelf(tmp_path, waiter_pierre=HEAD)


def test_an_alias_of_two_files_is_refused(tmp_path: Path) -> None:
    text = HEAD + 'aliases = ["x"]'
    with pytest.raises(ConfigurationError, match="b.toml: aliases: x already belongs to a"):
        shelf(tmp_path, a=text, b=text)


def test_a_circle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="a.toml: extends: goes in a circle: a, b, a"):
        shelf(tmp_path, a='extends = "b"', b='extends = "a"')


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "bytes.toml").write_bytes(b'system = "\xff"')
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "gone.toml").symlink_to("..data/gone.toml")
    (tmp_path / "long.toml").write_bytes(b"#" * 1_048_577)
    names, problems = check_folder(tmp_path)
    assert names == [] and problems == [
        "bytes.toml: not UTF-8 at byte 10",
        "folder.toml: cannot be read: Is a directory",
        "gone.toml: cannot be read: No such file or directory",
        "long.toml: longer than 1,048,576 bytes",
    ]
    with pytest.raises(
        ConfigurationError, match=r"bytes.toml: not UTF-8 .*\(and 3 more problems\)"
    ):
        profiles_with(str(tmp_path))
    with pytest.raises(ConfigurationError, match="nowhere: cannot be read"):
        profiles_with(str(tmp_path / "nowhere"))


def test_the_printed_profile_is_the_same_profile(tmp_path: Path) -> None:
    shipped = shipped_profiles()
    for name in shipped:
        fields = shipped[name].model_dump(mode="json", by_alias=True, exclude_unset=True)
        assert tomllib.loads(toml_text(fields)) == fields


def test_any_text_and_key_is_written_as_toml() -> None:
    table = {
        "plain": 'a "b" \\n c\ttab\x7f\x00 é 😀',
        "lines": 'one\n"""two"""\\\n\rthree\n',
        "odd key.": {"": [1, 2.5, 1e30, True, {}, []]},
        "long": [f"text number {n}" for n in range(20)],
        "tables": [{"a": {"b" * 90: 1}}, {}],
        "empty": [],
    }
    assert tomllib.loads(toml_text(table)) == table


# The command line


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "function", *arguments],
        cwd=ROOT,
        env=clean_environment() | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_command_checks_a_folder(tmp_path: Path) -> None:
    mount(tmp_path, good=HEAD)
    done = command("profiles", "--check", str(tmp_path))
    assert (done.returncode, done.stdout) == (0, "1 profiles: good\n")
    (tmp_path / "bad.toml").write_text("colour = 1\ntemperature = 'hot'")
    done = command("profiles", "--check", str(tmp_path))
    assert done.returncode == 1 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert len(lines) == 4 and all(line.startswith("bad.toml: ") for line in lines)


def test_the_command_prints_one_profile_with_what_it_extends(tmp_path: Path) -> None:
    mount(tmp_path, own='extends = "agent-bruno"\naliases = ["mine"]\nmax_tokens = 9')
    done = command("profiles", "mine", TRM_PROFILES=str(tmp_path))
    assert done.returncode == 0, done.stderr
    printed = tomllib.loads(done.stdout)
    assert (printed["system"], printed["max_tokens"]) == (
        shipped_profiles()["agent-bruno"].system,
        9,
    )
    listed = command("profiles", TRM_PROFILES=str(tmp_path)).stdout
    assert {"own", "agent-bruno"} < {line.split()[0] for line in listed.splitlines()}
    unknown = command("profiles", "nobody")
    assert (unknown.returncode, unknown.stderr) == (2, "no profile is named nobody\n")


@pytest.mark.parametrize(
    "arguments",
    [["-m", "function", "serve"], ["-m", "function", "job"], ["tests/scaffold/main.py"]],
)
def test_a_wrong_file_stops_every_start(tmp_path: Path, arguments: list[str]) -> None:
    mount(tmp_path, bad=HEAD + "colour = 1")
    with reserved_port() as port:
        listen = {"HOST": "127.0.0.1", "PORT": str(port), "LISTEN_ADDRESS": f"127.0.0.1:{port}"}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=clean_environment()
            | listen
            | {
                "TRM_PROFILES": str(tmp_path),
                "PYTHONPATH": str(ROOT),
                "K_SINK": "http://127.0.0.1:9",
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 2, done.stderr
    assert done.stderr.splitlines()[-1] == "wrong profile: bad.toml: colour: unknown key"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("adapter", ["gunicorn", "middleware"])
def test_both_adapters_serve_them(tmp_path: Path, adapter: Any) -> None:
    mount(tmp_path, own=HEAD + 'aliases = ["mine"]\nquestion = "What now?"')
    scripted = ["-m", "tests.scaffold.scripted", adapter]
    with serve(adapter, scripted, {"TRM_PROFILES": str(tmp_path)}) as server:
        server.wait_for("/health/readiness", 200)
        with server.client() as client:
            headers = {
                "content-type": "application/json",
                "ce-specversion": "1.0",
                "ce-id": "1",
                "ce-source": "/agents/own",
                "ce-type": "io.homelab.trm.inference.requested",
                "ce-agent": "mine",
            }
            response = client.post(list(headers.items()), b'{"door": "open"}')
    assert response.reply.data["profile"] == "own"
    assert "What now?" in response.reply.data["answer"]


# The page


def test_the_agent_of_the_page_works_as_written(tmp_path: Path, run: Run) -> None:
    _, text = blocks("toml")
    mount(tmp_path, agent_heating=text)

    def say(call: Call) -> str:
        if call.schema is None:
            return "ready"  # the probe of the start
        assert "resident" not in call.turns[-1].content
        told = "must not be heated" in call.turns[-1].content
        action = "stop" if told else "heat"
        return json.dumps({"room": "attic", "action": action, "reason": "It is at 23 degrees."})

    running = run(ScriptedModel(say=say), TRM_PROFILES=str(tmp_path))
    data = {"room": "bath", "celsius": 23, "target": 21, "resident": "Ana"}
    body: Any = running.reply(data, agent="heating-bot").get_data()
    assert "error" not in body, body
    assert body["profile"] == "agent-heating"
    assert body["data"] == {"room": "bath", "action": "stop", "reason": "It is at 23 degrees."}
    assert body["filled_fields"] == ["room"]
    assert {check["name"]: check["passed"] for check in body["checks"]}["rule:no_heat_above_target"]
    assert body["reflection_steps"] == 1
    examples = examples_of(running.service.profiles)
    assert any(
        example.data["agent"] == "agent-heating" for example in examples if "agent" in example.data
    )


def test_the_manifests_of_the_page_fit_each_other(tmp_path: Path) -> None:
    (text,) = blocks("yaml")
    config, service = yaml.safe_load_all(text)
    for name, content in config["data"].items():
        (tmp_path / name).write_text(content)
    assert check_folder(tmp_path) == (["agent-sre"], [])
    spec = service["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    (variable,), (place,), (volume,) = container["env"], container["volumeMounts"], spec["volumes"]
    assert variable == {"name": "TRM_PROFILES", "value": place["mountPath"]}
    assert volume == {"name": place["name"], "configMap": {"name": config["metadata"]["name"]}}
