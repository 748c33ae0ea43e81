"""agent-reasoning: puzzles and causes, by its older type."""

from __future__ import annotations

from agent_trm import TRMRequest, TRMResponse
from examples.agents.agent import Agent, Ask, says_one_of

EASY = "530070000600195000098000060800060003400803001700020006060000280000419005000080079"
HARD = "000000907000420180000705026100904000050000040000507009920108000034059000507000000"


def solved(response: TRMResponse) -> str:
    """Return the task's own check has passed, so the confidence is certainty."""
    if response.confidence_method != "verified" or response.confidence != 1.0:
        return f"confidence {response.confidence} by {response.confidence_method}"
    return ""


AGENT = Agent(
    "agent-reasoning",
    "/agent-reasoning/api",
    [
        Ask("a sudoku", TRMRequest(prompt="Solve it.", task="sudoku", puzzle=EASY), solved),
        Ask("a harder sudoku", TRMRequest(prompt="Solve it.", task="sudoku", puzzle=HARD), solved),
        Ask(
            "troubleshooting",
            TRMRequest(
                prompt="Why did the deployment of the web shop fail?",
                context={
                    "facts": {
                        "deployment": "web-shop",
                        "event": "ImagePullBackOff",
                        "message": "image registry/web-shop:1.9.2 not found",
                        "last good version": "1.9.1",
                    }
                },
                checks={"must_contain": ["1.9.2"], "max_words": 80, "grounded_numbers": True},
            ),
            says_one_of("not found", "image"),
        ),
    ],
    request_type="io.homelab.reasoning.requested",
)

if __name__ == "__main__":
    AGENT.run()
