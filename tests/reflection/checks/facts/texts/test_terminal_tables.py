"""What a program prints on a terminal is read as records, whatever the question calls them."""

from __future__ import annotations

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.texts.terminal_tables import terminal_table
from function.reflection.checks.facts.verify import expected_of

JOBS = """NAME            COMPLETIONS   DURATION   AGE    STATUS
rotate-certs    1/1           41s        8d     Complete
sync-photos     0/1           3h         3h     Running
prune-images    0/3           12m        44m    Failed"""
VOLUMES = """NAME      STATUS    VOLUME     CAPACITY   STORAGECLASS
wiki      Bound     pvc-901    8Gi        longhorn
scans     Pending                         nfs
ledger    Bound     pvc-377    900Mi      longhorn"""
DISKS = """Filesystem     Size  Used Avail Use% Mounted on
/dev/vda1       40G   11G   27G  29% /
/dev/vdb        1.8T  1.7T   61G  97% /srv/films
overlay         40G  900M   39G   3% /var/lib/boxes"""
BOXES = """CONTAINER ID   IMAGE            STATUS                     NAMES
aa01           caddy:2.8        Up 6 weeks (healthy)       gateway
bb02           mariadb:11       Exited (1) 3 minutes ago   accounts
cc03           redis:7          Up 6 weeks                 cache"""
PORTS = """PORT      STATE    SERVICE
53/udp    open     domain
443/tcp   open     https
3306/tcp  closed   mysql"""
TASKS = """  PID USER     %CPU %MEM COMMAND
   91 root      0.1  0.4 crond
  640 indexer  71.5  9.8 recoll
  702 www       2.0  3.1 caddy"""


def stated(prompt: str) -> str | None:
    expected = expected_of(parse_request({"prompt": prompt}))
    return None if expected is None else expected.stated


ASKED = [
    ("Which job failed?", JOBS, "prune-images"),
    ("Which job took the longest?", JOBS, "sync-photos (duration: 3h)"),
    ("Which job is the oldest?", JOBS, "rotate-certs (age: 8d)"),
    ("What is the status of sync-photos?", JOBS, "Running"),
    ("Which claim is pending?", VOLUMES, "scans"),
    ("Which claim has the largest capacity?", VOLUMES, None),
    ("Qual PVC tem o status Pending?", VOLUMES, "scans"),
    ("Which filesystem is the fullest?", DISKS, "/dev/vdb (level: 97%)"),
    ("How much space is available on /srv/films?", DISKS, "61G"),
    ("Which container has exited?", BOXES, "accounts"),
    ("Which image does the container cache use?", BOXES, "redis:7"),
    ("Which ports are open?", PORTS, "53 and 443"),
    ("Is port 3306 open?", PORTS, "No"),
    ("Which service runs on port 53?", PORTS, "domain"),
    ("Which process uses the most CPU?", TASKS, "recoll (cpu: 71.5)"),
    ("Which user runs caddy?", TASKS, "www"),
    ("Quantos jobs existem?", JOBS, "3"),
    ("Which job is the nicest?", JOBS, None),
]


@pytest.mark.parametrize(("question", "table", "answer"), ASKED)
@pytest.mark.parametrize(
    "prompt", ["{question}\n\n{table}", "$ some command -a\n{table}\n\n{question}",
               "{question}\n```\n{table}\n```"],
)  # fmt: skip
def test_a_question_about_the_output_of_a_program(
    question: str, table: str, answer: str | None, prompt: str
) -> None:
    found = stated(prompt.format(question=question, table=table))
    assert found is None if answer is None else answer in (found or "")


@pytest.mark.parametrize("table", [JOBS, VOLUMES, DISKS, BOXES, PORTS, TASKS])
def test_no_question_is_too_strange_for_a_table(table: str) -> None:
    questions = [question for question, *_ in ASKED]
    for question in (*questions, "Is port 443 open according to this?", "Why?", "Which?"):
        stated(f"{question}\n\n{table}")


def test_a_cell_may_be_empty() -> None:
    rows = terminal_table(VOLUMES.splitlines())
    assert rows is not None
    assert rows[1] == {"NAME": "scans", "STATUS": "Pending", "STORAGECLASS": "nfs"}


@pytest.mark.parametrize(
    "text",
    [
        "The disk is full.\nPlease help me.\nIt is slow.",
        "Ana  12\nBo  9",  # values below no heading
        "Total   12  9\nAna   12",
        "Dear team\n\nThe Backup Failed Again",
        "",
    ],
)
def test_other_lines_are_no_table(text: str) -> None:
    assert terminal_table(text.splitlines() or [""]) is None


SCAN = "PORT     STATE  SERVICE\n22/tcp   open   ssh\n5432/tcp closed postgresql"
USAGE = "NAME    CPU(cores)  MEMORY(bytes)\nquay-0  35m         190Mi\nbuoy-0  410m        2310Mi"
PHASES = (
    "NAME    READY  STATUS\nquay-0  1/1    Running\nbuoy-0  1/1    Running\ntide-0  0/1    Pending"
)


@pytest.mark.parametrize(
    "question",
    [
        "Is port 5432 open according to this?",
        "According to the scan below, is port 5432 open?",
        "Based on this output, is port 5432 open?",
    ],
)
def test_where_the_answer_is_to_be_taken_from_says_nothing(question: str) -> None:
    found = expected_of(parse_request({"prompt": f"{question}\n\n{SCAN}"}))
    assert found is not None and found.stated.startswith("No")


def test_a_value_of_another_row_is_none_of_the_one_that_is_asked_for() -> None:
    found = expected_of(parse_request({"prompt": f"Which pod uses most memory?\n\n{USAGE}"}))
    assert found is not None and found.is_met("buoy-0, with 2310Mi.")
    assert found.is_met("buoy-0 uses 2310Mi, more than 190Mi of the other.")
    assert not found.is_met("Only buoy-0 has 35m as its memory.")


def test_a_count_names_all_or_none_of_what_it_counts() -> None:
    found = expected_of(parse_request({"prompt": f"How many pods are running?\n\n{PHASES}"}))
    assert found is not None and found.is_met("Two pods are running.")
    assert found.is_met("2: quay-0 and buoy-0.")
    assert not found.is_met("quay-0 takes 2 pods.")
    assert not found.is_met("2: quay-0 and tide-0.")
