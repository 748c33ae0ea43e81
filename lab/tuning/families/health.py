"""Health reports: metrics in several spellings, and a report whose status follows from them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from function.reflection.checks.stated_readings import readings_of
from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.names import namespace, service

FAMILY = "health"


@dataclass(frozen=True)
class Metric:
    """A kind of metric: its names, what is good and bad of it, and what is said of either."""

    names: tuple[str, ...]
    good: tuple[float, float, int]
    bad: tuple[float, float, int]
    said_en: tuple[str, str, str]
    """Words for a good and a bad value, and what to do about a bad one."""
    said_pt: tuple[str, str, str]
    is_severe: bool = False


METRICS = (
    Metric(
        ("error_rate", "errors_ratio", "http_error_rate", "error_ratio_5m"),
        (0.0, 0.009, 3), (0.06, 0.6, 2),
        ("errors are rare", "too many calls fail", "find the failing calls in the logs"),
        ("há poucos erros", "há falhas demais", "procure nos logs as chamadas que falham"),
        is_severe=True,
    ),
    Metric(
        ("latency_p95", "p99_seconds", "request_duration_p95", "response_time_p90"),
        (0.02, 0.4, 2), (1.6, 9.5, 1),
        ("calls are quick", "calls are slow", "profile the slowest calls"),
        ("as chamadas são rápidas", "as chamadas estão lentas", "analise as chamadas mais lentas"),
    ),
    Metric(
        ("cpu_usage", "cpu_ratio", "cpu_utilization", "cpu_saturation"),
        (0.08, 0.6, 2), (0.91, 0.99, 2),
        ("there is CPU to spare", "the CPU is almost used up",
         "raise the CPU limit or add a replica"),
        ("há CPU de sobra", "a CPU está quase esgotada", "aumente o limite de CPU ou as réplicas"),
    ),
    Metric(
        ("memory_usage", "memory_ratio", "heap_used_ratio", "mem_utilization"),
        (0.15, 0.65, 2), (0.92, 0.99, 2),
        ("memory is fine", "memory is nearly full", "raise the memory limit and look for a leak"),
        ("a memória está folgada", "a memória está quase cheia",
         "aumente a memória e procure vazamentos"),
    ),
    Metric(
        ("restarts_total", "pod_restarts", "restart_count", "container_restarts_1h"),
        (0, 0, 0), (6, 48, 0),
        ("nothing restarted", "the pods keep restarting", "read the log of the last crash"),
        ("nada reiniciou", "os pods reiniciam sem parar", "leia o log da última queda"),
    ),
    Metric(
        ("queue_length", "backlog", "pending_jobs", "consumer_lag"),
        (0, 40, 0), (4000, 90000, 0),
        ("the queue is short", "work piles up in the queue",
         "add consumers until the queue shrinks"),
        ("a fila está curta", "o trabalho se acumula na fila",
         "adicione consumidores até a fila cair"),
    ),
    Metric(
        ("disk_used_ratio", "volume_usage", "storage_utilization", "fs_used_ratio"),
        (0.1, 0.7, 2), (0.91, 0.99, 2),
        ("there is room on the disk", "the disk is nearly full", "free space or grow the volume"),
        ("há espaço em disco", "o disco está quase cheio", "libere espaço ou aumente o volume"),
    ),
)  # fmt: skip
MEND_MISSING = {
    "en": ("Check why {key} is not scraped.", "Restore the data of {key}.",
           "Find out why {key} has no value.", "Look at the exporter of {key}."),
    "pt": ("Veja por que {key} não é coletada.", "Restaure os dados de {key}.",
           "Descubra por que {key} está sem valor.", "Verifique o exporter de {key}."),
}  # fmt: skip
NOTHING = {
    "en": ("No action is needed; keep watching.", "Nothing to do beyond the usual monitoring.",
           "Keep the present settings and go on monitoring.",
           "Go on as before and check tomorrow."),
    "pt": ("Nenhuma ação é necessária; siga monitorando.", "Nada a fazer além do monitoramento.",
           "Mantenha a configuração e continue observando.", "Siga como está e verifique amanhã."),
}  # fmt: skip
SUMMARY = {
    ("Healthy", "en"): ("{name} is healthy: every metric shown is in its normal range.",
        "All readings of {name} are normal.", "{name} works as it should; nothing stands out.",
        "No problem was found in {name}."),
    ("Warning", "en"): ("{name} works, but {said}.", "{name} needs attention: {said}.",
        "Mostly fine, except that in {name} {said}.", "{name} is degraded because {said}."),
    ("Critical", "en"): ("{name} is failing: {said}.", "{name} needs help now, {said}.",
        "Critical: in {name} {said}.", "{name} is not serving properly; {said}."),
    ("Healthy", "pt"): ("{name} está saudável: todas as métricas estão no normal.",
        "As leituras de {name} estão normais.", "{name} funciona como deve; nada chama atenção.",
        "Nenhum problema foi encontrado em {name}."),
    ("Warning", "pt"): ("{name} funciona, mas {said}.", "{name} pede atenção: {said}.",
        "Quase tudo bem, só que em {name} {said}.", "{name} está degradado porque {said}."),
    ("Critical", "pt"): ("{name} está falhando: {said}.", "{name} precisa de ajuda agora, {said}.",
        "Crítico: em {name} {said}.", "{name} não atende como deve; {said}."),
}  # fmt: skip
ASK = {
    "en": ("Write a health report for {name}.", "How is {name} doing?",
    "Assess {name} from its metrics.",
           "Give me the state of {name}.", "Report on the health of {name}.",
           "I need a status report about {name}.", "Is {name} all right?",
           "Summarize how {name} runs."),
    "pt": ("Escreva um relatório de saúde do {name}.", "Como está o {name}?",
           "Avalie o {name} pelas métricas.", "Qual é o estado do {name}?",
           "Preciso de um relatório sobre o {name}.", "Faça um diagnóstico do {name} com os dados.",
           "O {name} está bem?", "Resuma como o {name} está funcionando."),
}  # fmt: skip
FORMAT = {
    "en": ("Answer as JSON with keys: status, score, summary, findings, recommendations",
           "Return JSON with keys: status, score, summary, findings, recommendations.",
           "Output JSON with fields: status, score, summary, findings, recommendations",
           'Reply with {{"status": "Healthy|Warning|Critical", "score": 0.X, "summary": "...", '
           '"findings": ["..."], "recommendations": ["..."]}}'),
    "pt": ("Responda em JSON com chaves: status, score, summary, findings, recommendations",
           "Retorne JSON com os campos: status, score, summary, findings, recommendations",
           "Devolva JSON com as chaves: status, score, summary, findings, recommendations.",
           'Responda com {{"status": "Healthy|Warning|Critical", "score": 0.X, "summary": "...", '
           '"findings": ["..."], "recommendations": ["..."]}}'),
}  # fmt: skip
LABELS = {
    "en": ("Metrics", "Current metrics", "Readings", "Data"),
    "pt": ("Métricas", "Métricas atuais", "Leituras", "Dados"),
}
REPLICAS = ("replicas", "ready_replicas", "available", "pods_ready")


def health(draw: Draw) -> Case:
    """Return a request for a health report."""
    language: Language = "pt" if draw.chance(0.3) else "en"
    name = service(draw)
    status = draw.any_of(("Healthy", "Warning", "Critical"))
    found = _Report(draw, language, name, status)
    return found.case()


class _Report:
    def __init__(self, draw: Draw, language: Language, name: str, status: str) -> None:
        self.draw, self.language, self.name, self.status = draw, language, name, status
        self.facts: dict[str, Any] = {}
        self.shown: dict[str, Any] = {}
        """The facts in the order in which they are shown."""
        self.steps: list[str] = []
        self.worst = ""

    def case(self) -> Case:
        draw = self.draw
        style = draw.one(
            ("{name}:{key}", "{key}", "{name}.{key}", "{name}_{key}", "{key}", "{key}")
        )
        self._add_metrics(style)
        score = {
            "Healthy": draw.decimal(0.92, 1.0), "Warning": draw.decimal(0.55, 0.85),
            "Critical": draw.decimal(0.05, 0.45),
        }[self.status]  # fmt: skip
        if draw.chance(0.6):
            self.facts[style.format(name=self.name, key="score").replace("_score", ".score")] = (
                score
            )
        else:
            score = {"Healthy": 0.95, "Warning": 0.7, "Critical": 0.2}[self.status]
        summary = draw.say(
            SUMMARY[self.status, self.language], name=self.name, said=self.worst or "load is high"
        )
        request = self._request()
        answer = {
            "status": self.status,
            "score": score,
            "summary": summary,
            "findings": self._findings(),
            "recommendations": self.steps[:3] or [draw.say(NOTHING[self.language])],
        }
        equals = {"status": self.status, "score": score}
        return Case(FAMILY, self.language, request, answer, "agent-sre", equals=equals)

    def _findings(self) -> list[str]:
        """Return what decoding lets a report state, those in trouble first."""
        portuguese = self.language == "pt"
        stated = (reading.statement(portuguese=portuguese) for reading in readings_of(self.shown))
        return list(stated)[:4]

    def _add_metrics(self, style: str) -> None:
        draw = self.draw
        severe = [metric for metric in METRICS if metric.is_severe]
        others = [metric for metric in METRICS if not metric.is_severe]
        bad: list[Metric] = []
        if self.status == "Critical":
            bad = [*severe, *draw.random.sample(others, draw.integer(0, 1))]
        elif self.status == "Warning":
            bad = draw.random.sample(others, 1)
        rest = [metric for metric in METRICS if metric not in bad]
        good = draw.random.sample(rest, draw.integer(1, 3))
        for metric in draw.shuffled([*bad, *good]):
            self._add(metric, metric in bad, style)
        if self.status != "Warning" and draw.chance(0.3):
            self._add_replicas(style)
        if draw.chance(0.25):
            self._add_missing(style)
        if self.status != "Healthy" and not self.worst:
            raise AssertionError("a status without a reason")

    def _add(self, metric: Metric, is_bad: bool, style: str) -> None:
        draw = self.draw
        said = metric.said_pt if self.language == "pt" else metric.said_en
        low, high, digits = metric.bad if is_bad else metric.good
        value: float = (
            draw.decimal(low, high, digits) if digits else draw.integer(int(low), int(high))
        )
        key = draw.one(metric.names)
        self.facts[style.format(name=self.name, key=key)] = value
        if is_bad:
            self.worst = self.worst or said[1]
            step = said[2] + "."
            self.steps.append(step[:1].upper() + step[1:])

    def _add_replicas(self, style: str) -> None:
        wanted = self.draw.integer(2, 6)
        ready = 0 if self.status == "Critical" else wanted
        key = self.draw.one(REPLICAS)
        self.facts[style.format(name=self.name, key=key)] = f"{ready}/{wanted}"

    def _add_missing(self, style: str) -> None:
        key = self.draw.one(("uptime_ratio", "throughput", "cache_hit_ratio", "connections_open"))
        self.facts[style.format(name=self.name, key=key)] = None
        self.steps.append(self.draw.say(MEND_MISSING[self.language], key=key))

    def _request(self) -> dict[str, Any]:
        draw = self.draw
        facts = self.shown = dict(draw.shuffled(list(self.facts.items())))
        asked = draw.say(ASK[self.language], name=self.name)
        # A JSON object with nulls or one that is nested stands in the prompt or in the context.
        match draw.integer(0, 4):
            case 0:
                wanted = draw.one(FORMAT[self.language]).format()
                label = draw.one(LABELS[self.language])
                indent = draw.any_of((None, 2))
                shown = json.dumps(facts, ensure_ascii=False, indent=indent)
                return {"prompt": f"{asked}\n\n{label}:\n{shown}\n\n{wanted}"}
            case 1:
                return {"prompt": asked, "context": {self.name: facts}}
            case 2:
                return {"prompt": asked, "context": {"namespace": namespace(draw), **facts}}
            case 3 if self.language == "en":
                return {"service": self.name, "metrics": facts}
            case _:
                keys = ["status", "score", "summary", "findings", "recommendations"]
                return {
                    "prompt": asked,
                    "context": facts,
                    "response_format": {"type": "json_object", "required": keys},
                }
