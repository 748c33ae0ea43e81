"""agent-bruno, the chatbot of the homepage."""

from __future__ import annotations

from agent_trm import TRMRequest, TRMResponse
from examples.agents.agent import Agent, Ask, says, says_one_of

CONVERSATION = "homepage-7f3a"
HISTORY = [
    {"role": "user", "content": "Hi Bruno, is the homelab fine today?"},
    {"role": "assistant", "content": "Good morning! Everything was up at the last check."},
    {"role": "user", "content": "Somebody said that the logs are slow."},
    {
        "role": "assistant",
        "content": "Then Loki is the place to look. What would you like to know?",
    },
]


def echoed(response: TRMResponse) -> str:
    """Return the error rate, in the conversation that it was asked in."""
    if response.conversation_id != CONVERSATION:
        return f"conversation {response.conversation_id}"
    return says("3.1")(response)


AGENT = Agent(
    "agent-bruno",
    "/agent-bruno/chatbot",
    [
        Ask(
            "a question within a chat",
            TRMRequest(
                prompt="What is its error rate right now?",
                messages=HISTORY,
                context={
                    "metrics": {"loki": {"error_rate": "3.1 %", "p95_ms": 420}},
                    "user": {"name": "Ana", "prefers": "short answers"},
                },
                conversation_id=CONVERSATION,
                checks={"must_contain": ["3.1"]},
            ),
            echoed,
        ),
        Ask(
            "security notifications",
            TRMRequest(
                prompt="Is there a critical vulnerability in my images? Name it.",
                context={
                    "notifications": [
                        {
                            "type": "io.homelab.vulnerability.found",
                            "severity": "critical",
                            "cve": "CVE-2026-31337",
                            "image": "registry/home/web:1.4",
                        }
                    ]
                },
                checks={"must_contain": ["CVE-2026-31337"]},
            ),
            says("CVE-2026-31337"),
        ),
        Ask(
            "a question that nothing answers",
            TRMRequest(prompt="How many alerts are firing at the moment?"),
            says_one_of("Grafana", "Prometheus"),
        ),
    ],
)

if __name__ == "__main__":
    AGENT.run()
