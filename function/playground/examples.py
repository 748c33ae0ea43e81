"""One realistic request for each agent that has a profile, and for each task."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from function.contract import InferenceRequest, parse_request
from function.profiles.registry import ProfileRegistry
from function.settings import CANONICAL_REQUEST, REASONING_REQUEST
from function.trm.names import shipped_names

AGENTS = "Agents"
TASKS = "Tasks"


@dataclass(frozen=True)
class Example:
    """A request to begin with: the type of its event, and its data as JSON values."""

    name: str
    group: str
    title: str
    meaning: str
    type: str
    data: dict[str, Any]


def examples_of(profiles: ProfileRegistry) -> list[Example]:
    """Return the examples that something here can answer, those of the agents first."""
    return [*_of_agents(profiles), *_of_tasks()]


def _of_agents(profiles: ProfileRegistry) -> Iterator[Example]:
    for name in profiles:
        requests = _REQUESTS.get(name, {"a question": {"prompt": "What can you do for me?"}})
        family = REASONING_REQUEST if name == "agent-reasoning" else CANONICAL_REQUEST
        for title, data in requests.items():
            yield Example(
                f"{name}-{title.replace(' ', '-')}",
                AGENTS,
                f"{name.removeprefix('agent-')}: {title}",
                profiles[name].description,
                family,
                {"agent": name, **data},
            )


def _of_tasks() -> Iterator[Example]:
    for title, (meaning, data) in _TASKS.items():
        if _answerable(parse_request(data)):
            name = title.replace(" ", "-").replace(",", "").lower()
            yield Example(name, TASKS, title, meaning, CANONICAL_REQUEST, data)


def _answerable(request: InferenceRequest) -> bool:
    """Return whether an example can be answered: text always, a puzzle where there is a network."""
    if request.kind in ("text", "choose"):
        return True
    prefix = request.kind.replace("_", "-")
    return any(name.startswith(prefix) for name in shipped_names())


_GUEST = {"guestId": "G-17", "name": "Almeida", "isVip": True, "allergies": ["peanut"]}
_CUSTOMER = {"name": "Marina", "customer_phone": "+55 11 90000-0000"}

_REQUESTS: dict[str, dict[str, dict[str, Any]]] = {
    "agent-bruno": {
        "a question within a chat": {
            "prompt": "What is its error rate right now?",
            "messages": [
                {"role": "user", "content": "Somebody said that the logs are slow."},
                {"role": "assistant", "content": "Then Loki is the place to look."},
            ],
            "context": {"metrics": {"loki": {"error_rate": "3.1 %", "p95_ms": 420}}},
            "conversation_id": "homepage-7f3a",
            "checks": {"must_contain": ["3.1", "Loki"], "max_words": 30},
        }
    },
    "agent-reasoning": {
        "troubleshooting": {
            "question": "Why did the deployment of the web shop fail?",
            "context": {
                "facts": {
                    "deployment": "web-shop",
                    "event": "ImagePullBackOff",
                    "message": "image registry/web-shop:1.9.2 not found",
                    "last good version": "1.9.1",
                }
            },
            "checks": {"must_contain": ["1.9.2", "not found"], "max_words": 60},
            "max_steps": 4,
        }
    },
    "agent-restaurant-host": {
        "seat a guest": {
            "prompt": "Guest Almeida has arrived.",
            "context": {
                "guest": _GUEST,
                "tables": [{"tableId": "T4", "seats": 2, "free": True}],
                "waitMinutes": 0,
            },
        }
    },
    "agent-restaurant-waiter": {
        "recommend a dish": {
            "prompt": "Which main dish do you recommend to me?",
            "context": {
                "guest": _GUEST,
                "menu": [
                    {"name": "Pad Thai", "ingredients": "rice noodles, peanut, egg", "price": 18},
                    {"name": "Green Curry", "ingredients": "chicken, coconut", "price": 17},
                ],
                "table": {"tableId": "T4"},
            },
        }
    },
    "agent-restaurant-sommelier": {
        "pair a wine": {
            "prompt": "Which wine goes with the green curry?",
            "context": {
                "dish": "Green Curry",
                "wines": [
                    {
                        "name": "Riesling Trocken",
                        "vintage": 2022,
                        "region": "Mosel",
                        "price": 39,
                        "byGlass": True,
                    },
                    {
                        "name": "Malbec Reserva",
                        "vintage": 2020,
                        "region": "Mendoza",
                        "price": 44,
                        "byGlass": False,
                    },
                ],
            },
        }
    },
    "agent-restaurant-chef": {
        "start a ticket": {
            "prompt": "Ticket K-203 has come in and the wok station is free. Start it.",
            "context": {
                "ticket": {"ticketId": "K-203", "dish": "Green Curry", "priority": "normal"},
                "stations": [{"name": "wok", "free": True, "minutes": 12}],
            },
        }
    },
    "agent-screenshot": {
        "a concert poster": {
            "prompt": "Extract the facts.",
            "context": {
                "title": "Aurora Vale - Live at the Harbour",
                "platform": "instagram",
                "ocr_text": "AURORA VALE\nLIVE AT THE HARBOUR\nSat 14 March 20:00\n"
                "Concert, tickets 35 EUR",
            },
        }
    },
    "agent-sre": {
        "a health report": {
            "prompt": "Report the health of Loki.",
            "context": {
                "metrics": {
                    "service": "loki",
                    "error_rate_percent": 7.4,
                    "p95_latency_ms": 2310,
                    "replicas_ready": 1,
                    "replicas_wanted": 3,
                    "disk_used_percent": None,
                }
            },
        },
        "a remedy for an alert": {
            "task": "alert_triage",
            "alert": {
                "status": "firing",
                "labels": {
                    "alertname": "KubePodCrashLooping",
                    "namespace": "media",
                    "pod": "jellyfin-6c9d",
                    "reason": "CrashLoopBackOff",
                },
                "annotations": {"description": "Pod media/jellyfin-6c9d restarts again and again."},
            },
        },
    },
    "agent-store-multibrands": {
        "a question about a product": {
            "prompt": "Vocês têm cafeteira? Quanto custa?",
            "context": {
                "products": [{"name": "Cafeteira Aroma 30", "price": 249.9}],
                "customer": _CUSTOMER,
            },
        }
    },
    "agent-store-multibrands-luna": {
        "a dress for a wedding": {
            "prompt": "Tem algum vestido para um casamento de dia? Quanto custa?",
            "messages": [
                {"role": "user", "content": "Oi, bom dia!"},
                {"role": "assistant", "content": "Bom dia, Marina! Como posso ajudar?"},
            ],
            "context": {
                "products": [
                    {"name": "Vestido Midi Floral", "price": 199.9, "sizes": "P, M, G"},
                    {"name": "Calça Pantalona", "price": 149.9, "sizes": "M, G"},
                ],
                "customer": _CUSTOMER,
            },
            "checks": {"must_contain": ["Vestido Midi Floral", "199,90"]},
        }
    },
    "agent-store-multibrands-max": {
        "a notebook for study": {
            "prompt": "Preciso de um notebook para estudar. O que você tem?",
            "context": {
                "products": [{"name": "Notebook Leve 14", "price": 2899.0, "memory": "16 GB"}],
                "customer": _CUSTOMER,
            },
        }
    },
    "agent-store-multibrands-sofia": {
        "a lamp for the desk": {
            "prompt": "Qual luminária vocês têm para a mesa?",
            "context": {
                "products": [{"name": "Luminária Arco", "price": 159.9, "color": "preta"}],
                "customer": _CUSTOMER,
            },
        }
    },
    "agent-store-multibrands-bella": {
        "a cream for dry skin": {
            "prompt": "Tem hidratante para pele seca?",
            "context": {
                "products": [{"name": "Hidratante Karité 200 ml", "price": 49.9}],
                "customer": _CUSTOMER,
            },
        }
    },
    "agent-store-multibrands-pixel": {
        "a controller for a PC": {
            "prompt": "Vocês têm controle sem fio para PC?",
            "context": {
                "products": [
                    {"name": "Controle Sem Fio Nimbus", "price": 289.0, "platform": "PC"},
                    {"name": "Headset Orbit", "price": 349.9, "platform": "PC"},
                ],
                "customer": _CUSTOMER,
            },
        }
    },
}

_MAZE = """\
S.#......
#.#.####.
..#.#....
.##.#.###
....#...#
.####.#.#
.#....#..
.#.####.#
...#...G#"""

_TASKS: dict[str, tuple[str, dict[str, Any]]] = {
    "Text, with checks": (
        "A draft that fails a check is refined, knowing the reason.",
        {
            "prompt": "What is the error rate of Loki?",
            "context": {"loki": {"error_rate": "3.1 %", "p95_ms": 420}},
            "checks": {"must_contain": ["3.1"], "max_sentences": 2},
            "max_reflection_steps": 3,
        },
    ),
    "Choose": (
        "Choices are scored by likelihood, not generated.",
        {
            "prompt": "The disk of the database is 97 % full and filling. What should be done?",
            "choices": [
                {"name": "grow-volume", "description": "Give the disk more space"},
                {"name": "restart", "description": "Restart a process that hangs"},
                {"name": "none", "description": "Nothing is wrong", "abstain": True},
            ],
        },
    ),
    "Sudoku": (
        "The Tiny Recursive Model revises the whole grid at every step.",
        {
            "task": "sudoku",
            "puzzle": "53..7....6..195....98....6.8...6...34..8.3..17...2...6"
            ".6....28....419..5....8..79",
        },
    ),
    "Sudoku, hard": (
        "Arto Inkala's of 2012, which newspapers called the hardest: the network changes its mind "
        "about many a cell before it finds the grid.",
        {
            "task": "sudoku",
            "puzzle": "8..........36......7..9.2...5...7.......457.....1...3."
            "..1....68..85...1..9....4..",
        },
    ),
    "Maze": (
        "The Tiny Recursive Model draws the shortest path from S to G.",
        {"task": "maze", "puzzle": _MAZE},
    ),
    "Alert triage": (
        "An alert's labels decide on one of seven remedies, or none.",
        {
            "task": "alert_triage",
            "alert": {
                "status": "firing",
                "labels": {
                    "alertname": "KubePersistentVolumeFillingUp",
                    "namespace": "logging",
                    "persistentvolumeclaim": "storage-loki-0",
                    "severity": "critical",
                },
                "annotations": {
                    "description": "The volume claimed by storage-loki-0 is only 2.8 % free."
                },
            },
        },
    ),
}
