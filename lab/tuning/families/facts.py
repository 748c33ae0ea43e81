"""Questions about records of any domain: answered from them, or said not to be there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.names import city, code, date, made_up, person

FAMILY = "facts"
Value = Callable[[Draw], Any]


@dataclass(frozen=True)
class Attribute:
    """A field of a record: its key, how it is called, and values."""

    key: str
    en: str
    pt: str
    value: Value


def _pick(*values: str) -> Value:
    return lambda draw: draw.any_of(values)


def _integer(least: int, most: int) -> Value:
    return lambda draw: draw.integer(least, most)


def _measured(least: float, most: float, unit: str) -> Value:
    return lambda draw: f"{draw.decimal(least, most, 1)} {unit}"


def _clock(draw: Draw) -> str:
    return f"{draw.integer(6, 22):02d}:{draw.any_of(('00', '15', '30', '45'))}"


@dataclass(frozen=True)
class Domain:
    """A kind of record: its name in both languages, that of one record, and its fields."""

    label: str
    en: str
    pt: str
    subject: Callable[[Draw], str]
    attributes: tuple[Attribute, ...]


DOMAINS = (
    Domain("patient", "patient", "paciente", lambda draw: code(draw, "patient-"), (
        Attribute("heart_rate", "heart rate", "frequência cardíaca", _integer(52, 118)),
        Attribute("last_visit", "date of the last visit", "data da última consulta", date),
        Attribute("weight", "weight", "peso", _measured(48, 110, "kg")),
        Attribute("allergy", "allergy", "alergia", _pick("penicillin", "latex", "pollen",
            "aspirin")),
        Attribute("ward", "ward", "ala", _pick("north", "south", "east", "west")),
        Attribute("creatinine", "creatinine", "creatinina", _measured(0.5, 2.9, "mg/dL")),
    )),
    Domain("vehicle", "vehicle", "veículo", lambda draw: code(draw, "van-", 2), (
        Attribute("mileage_km", "mileage", "quilometragem", _integer(900, 240000)),
        Attribute("next_service", "date of the next service", "data da próxima revisão", date),
        Attribute("driver", "driver", "motorista", person),
        Attribute("fuel", "fuel", "combustível", _pick("diesel", "petrol", "electric", "ethanol")),
        Attribute("depot", "depot", "garagem", city),
    )),
    Domain("order", "order", "pedido", lambda draw: code(draw, "ORD-", 5), (
        Attribute("carrier", "carrier", "transportadora", made_up),
        Attribute("delivery_date", "delivery date", "data de entrega", date),
        Attribute("items", "number of items", "número de itens", _integer(1, 40)),
        Attribute("status", "status", "status", _pick("shipped", "packed", "returned", "delayed")),
        Attribute("destination", "destination", "destino", city),
    )),
    Domain("book", "book", "livro", lambda draw: f"{made_up(draw)} {made_up(draw)}", (
        Attribute("author", "author", "autor", person),
        Attribute("pages", "number of pages", "número de páginas", _integer(90, 900)),
        Attribute("shelf", "shelf", "estante", lambda draw: code(draw, "B", 2)),
        Attribute("due_date", "due date", "data de devolução", date),
        Attribute("copies", "number of copies", "número de exemplares", _integer(1, 12)),
    )),
    Domain("employee", "employee", "funcionário", person, (
        Attribute("department", "department", "departamento", _pick("finance", "legal", "sales",
            "design")),
        Attribute("office", "office", "escritório", city),
        Attribute("vacation_days", "number of vacation days", "número de dias de férias",
            _integer(3, 34)),
        Attribute("extension", "extension", "ramal", _integer(2000, 8999)),
        Attribute("manager", "manager", "gestor", person),
        Attribute("start_date", "start date", "data de início", date),
    )),
    Domain("room", "room", "sala", made_up, (
        Attribute("seats", "number of seats", "número de lugares", _integer(4, 80)),
        Attribute("floor", "floor", "andar", _integer(1, 19)),
        Attribute("opens", "opening time", "horário de abertura", _clock),
        Attribute("equipment", "equipment", "equipamento", _pick("projector", "whiteboard",
            "camera")),
        Attribute("booked_by", "person who booked it", "pessoa que a reservou", person),
    )),
    Domain("flight", "flight", "voo", lambda draw: code(draw, "QX", 4), (
        Attribute("gate", "gate", "portão", lambda draw: code(draw, "C", 2)),
        Attribute("departure", "departure time", "horário de partida", _clock),
        Attribute("destination", "destination", "destino", city),
        Attribute("aircraft", "aircraft", "aeronave", lambda draw: made_up(draw) + " 200"),
        Attribute("delay_minutes", "delay in minutes", "atraso em minutos", _integer(5, 190)),
    )),
    Domain("sensor", "sensor", "sensor", lambda draw: code(draw, "probe-"), (
        Attribute("temperature", "temperature", "temperatura", _measured(-8, 41, "°C")),
        Attribute("humidity", "humidity", "umidade", _measured(12, 98, "%")),
        Attribute("battery", "battery level", "nível da bateria", _measured(4, 100, "%")),
        Attribute("location", "location", "localização", city),
        Attribute("last_seen", "last contact", "último contato", _clock),
    )),
    Domain("contract", "contract", "contrato", lambda draw: code(draw, "CT-", 4), (
        Attribute("supplier", "supplier", "fornecedor", made_up),
        Attribute("end_date", "end date", "data de término", date),
        Attribute("notice_days", "notice period in days", "prazo de aviso em dias", _integer(14,
            120)),
        Attribute("owner", "owner", "responsável", person),
    )),
)  # fmt: skip
ASK = {
    "en": ("What is the {what} of {kind} {name}?", "Tell me the {what} of {name}.",
           "Which {what} does {kind} {name} have?", "I need the {what} for {name}, please.",
           "Can you look up the {what} of {kind} {name}?", "{name}: what is the {what}?",
           "Do we know the {what} of {name}?", "Please give me the {what} of {kind} {name}."),
    "pt": ("Qual é o valor de {what} de {kind} {name}?", "Me diga: {what} de {name}.",
           "Você pode informar {what} de {kind} {name}?", "Preciso de {what} de {name}, por favor.",
           "O que consta em {what} para {name}?", "{kind} {name}: qual é {what}?",
           "Sabemos {what} de {name}?", "Por favor, informe {what} de {kind} {name}."),
}  # fmt: skip
TELL = {
    "en": ("The {what} of {name} is {value}.", "{name} has {value} as its {what}.",
           "It is {value}: that is the {what} of {name}.", "For {name} the {what} is {value}."),
    "pt": ("Para {name}, {what}: {value}.", "O registro de {name} informa {value} em {what}.",
           "É {value}: isso é o que consta em {what} de {name}.",
           "Em {what} de {name} consta {value}."),
}  # fmt: skip
UNKNOWN = {
    "en": ("The facts do not tell the {what} of {name}.",
    "There is no {what} for {name} in the data.",
           "I cannot say: the {what} of {name} is not in the records.",
           "The data do not include the {what} of {name}."),
    "pt": ("Os dados não informam {what} de {name}.", "Não há registro de {what} para {name}.",
           "Não sei dizer: {what} de {name} não está nos registros.",
           "Esse dado não consta: {what} de {name}."),
}  # fmt: skip
SYSTEMS = (
    "Here people look up {kind} records. Take nothing from elsewhere.",
    "You are the assistant of an office that keeps {kind} records. Be brief.",
    "Answer from the given data. Do not guess.",
    "You help colleagues to look things up. One sentence is enough.",
    "You work for a records desk. Say so when something is not recorded.",
    "Answer the question about the {kind}. Keep private data private.",
    "You are a precise clerk.",
    "Look the answer up in the data, and never invent one.",
)


def facts(draw: Draw) -> Case:
    """Return a question about one or several records, in a quarter of cases without an answer."""
    language: Language = "pt" if draw.chance(0.4) else "en"
    domain = draw.one(DOMAINS)
    records = _records(draw, domain, draw.integer(1, 3))
    name = draw.any_of(list(records))
    asked = draw.any_of(domain.attributes)
    if draw.chance(0.28):
        for record in records.values():
            record.pop(asked.key, None)
    data, value = _request(draw, language, domain, records, name, asked)
    kind = domain.pt if language == "pt" else domain.en
    what = asked.pt if language == "pt" else asked.en
    if value is None:
        answer = draw.say(UNKNOWN[language], what=what, name=name)
        return Case("refusal", language, data, answer, keys=(_refusal(language),))
    answer = draw.say(TELL[language], what=what, name=name, value=value, kind=kind)
    return Case(FAMILY, language, data, answer, keys=(str(value),))


def conversation_case(draw: Draw) -> Case:
    """Return a question that only the turns before it make plain."""
    language: Language = "pt" if draw.chance(0.4) else "en"
    domain = draw.one(DOMAINS)
    records = _records(draw, domain, 2)
    name = draw.any_of(list(records))
    first, second = draw.random.sample(list(domain.attributes), 2)
    data, value = _request(draw, language, domain, records, name, first)
    past = data["prompt"]
    one, two = (first.pt, second.pt) if language == "pt" else (first.en, second.en)
    reply = draw.say(TELL[language], what=one, name=name, value=value)
    follow = {
        "en": ("And the {what}?", "And what about the {what}?", "What is its {what}?",
        "The {what} too, please."),
        "pt": ("E {what}?", "E quanto a {what}?", "Qual é {what} dele?",
        "Também {what}, por favor."),
    }[language]  # fmt: skip
    data["prompt"] = draw.say(follow, what=two)
    data["messages"] = [
        {"role": "user", "content": past}, {"role": "assistant", "content": reply},
    ]  # fmt: skip
    later = records[name][second.key]
    answer = draw.say(TELL[language], what=two, name=name, value=later)
    return Case("turns", language, data, answer, keys=(str(later),))


def _records(draw: Draw, domain: Domain, count: int) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    while len(found) < count:
        kept = draw.shuffled(domain.attributes)
        found[domain.subject(draw)] = {field.key: field.value(draw) for field in kept}
    return found


def _request(
    draw: Draw,
    language: Language,
    domain: Domain,
    records: dict[str, dict[str, Any]],
    name: str,
    asked: Attribute,
) -> tuple[dict[str, Any], Any]:
    kind, what = (domain.pt, asked.pt) if language == "pt" else (domain.en, asked.en)
    prompt = draw.say(ASK[language], what=what, name=name, kind=kind)
    context: dict[str, Any]
    match draw.integer(0, 2):
        case 0:
            context = {f"{domain.label}s": records}
        case 1:
            context = {f"{domain.label}s": [{"id": key, **row} for key, row in records.items()]}
        case _:
            context = dict(records)
    data: dict[str, Any] = {"prompt": prompt, "context": context}
    if draw.chance(0.5):
        data["system"] = draw.one(SYSTEMS).format(kind=kind)
    return data, records[name].get(asked.key)


def _refusal(language: Language) -> str:
    return "não" if language == "pt" else "no"
