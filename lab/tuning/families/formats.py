"""Free JSON formats of other agents: templates in prompts, lists of keys, JSON Schemas."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.names import city, code, date, made_up, person

FAMILY = "format"
Fields = dict[str, Any]


@dataclass(frozen=True)
class Slot:
    """A field of an answer: ``words`` are its enumeration, or None for a copied value."""

    kind: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """A text to read, and the fields that it tells."""

    slots: dict[str, Slot]
    write: Callable[[Draw, Language], tuple[str, Fields]]
    ask: dict[str, tuple[str, ...]]


def _ticket(draw: Draw, language: Language) -> tuple[str, Fields]:
    topic, texts = draw.one((
        ("billing", {"en": "the invoice shows the wrong amount",
         "pt": "a fatura veio com o valor errado"}),
        ("login", {"en": "I cannot sign in any more", "pt": "não consigo mais entrar na conta"}),
        ("delivery", {"en": "the parcel has not arrived", "pt": "o pacote ainda não chegou"}),
        ("refund", {"en": "I want my money back", "pt": "quero o meu dinheiro de volta"}),
        ("billing", {"en": "I was charged for a plan I ended",
         "pt": "fui cobrado por um plano encerrado"}),
        ("login", {"en": "my password is not accepted", "pt": "minha senha não é aceita"}),
        ("delivery", {"en": "the courier went to another street",
         "pt": "o entregador foi a outra rua"}),
        ("refund", {"en": "please pay back the deposit", "pt": "por favor devolvam o depósito"}),
    ))  # fmt: skip
    urgent = draw.chance(0.5)
    name, number = person(draw), code(draw, "C", 5)
    haste = {
        ("en", True): ", this cannot wait!", ("en", False): ", no hurry.",
        ("pt", True): ", isso não pode esperar!", ("pt", False): ", sem pressa.",
    }[language, urgent]  # fmt: skip
    said = {"en": "(customer {}) writes:", "pt": "(cliente {}) escreve:"}[language].format(number)
    text = f"{name} {said} {texts[language]}{haste}"
    return text, {"topic": topic, "urgent": urgent, "customer": name, "customer_id": number}


def _review(draw: Draw, language: Language) -> tuple[str, Fields]:
    mood, texts = draw.one((
        ("positive", {"en": "works very well and looks great",
         "pt": "funciona muito bem e é linda"}),
        ("negative", {"en": "broke after two days, never again",
         "pt": "quebrou em dois dias, nunca mais"}),
        ("neutral", {"en": "does its job, nothing special",
         "pt": "cumpre o que promete, nada de especial"}),
        ("positive", {"en": "the best I ever bought", "pt": "a melhor que já comprei"}),
        ("negative", {"en": "loud, ugly and too expensive",
         "pt": "barulhenta, feia e cara demais"}),
        ("neutral", {"en": "it is as described", "pt": "é como na descrição"}),
        ("positive", {"en": "I would buy it again at once", "pt": "eu compraria de novo na hora"}),
        ("negative", {"en": "a waste of money", "pt": "um desperdício de dinheiro"}),
    ))  # fmt: skip
    product, stars = made_up(draw), {"positive": 5, "neutral": 3, "negative": 1}[mood]
    text = f"{product}: {texts[language]} ({stars} {'stars' if language == 'en' else 'estrelas'})"
    return text, {"product": product, "sentiment": mood, "stars": stars}


def _booking(draw: Draw, language: Language) -> tuple[str, Fields]:
    name, place, day, nights, guests = (
        person(draw),
        city(draw),
        date(draw),
        draw.integer(2, 14),
        draw.integer(1, 6),
    )
    text = {
        "en": draw.one((
        f"Hotel in {place} for {name}, {guests} guests, {nights} nights from {day}.",
                        f"{name} needs a room in {place}: arrival {day}, {nights} nights, "
                        f"{guests} people.",
                        f"Please book {place} from {day} on, {nights} nights, {guests} "
                        f"persons, name {name}.",
                        f"Reservation request. City: {place}. Guest: {name}. From {day}, "
                        f"nights: {nights}, people: {guests}.")),
        "pt": draw.one((
        f"Hotel em {place} para {name}, {guests} pessoas, {nights} noites a partir de {day}.",
                        f"{name} precisa de um quarto em {place}: chegada {day}, {nights} "
                        f"noites, {guests} pessoas.",
                        f"Reserve {place} a partir de {day}, {nights} noites, {guests} "
                        f"hóspedes, em nome de {name}.",
                        f"Pedido de reserva. Cidade: {place}. Hóspede: {name}. De {day}, "
                        f"noites: {nights}, pessoas: {guests}.")),
    }[language]  # fmt: skip
    return text, {"guest": name, "city": place, "arrival": day, "nights": nights, "guests": guests}


def _invoice(draw: Draw, language: Language) -> tuple[str, Fields]:
    firm, number, total, due = (
        made_up(draw, 3),
        code(draw, "INV-", 4),
        draw.decimal(20, 4000, 2),
        date(draw),
    )
    currency, paid = draw.any_of(("EUR", "USD", "BRL")), draw.chance(0.5)
    text = {
        "en": f"{number} of {firm}: {total} {currency}, due {due}, "
        f"{'already paid' if paid else 'still open'}.",
        "pt": f"{number} de {firm}: {total} {currency}, vence em {due}, "
        f"{'já paga' if paid else 'em aberto'}.",
    }[language]
    return text, {
        "invoice": number,
        "supplier": firm,
        "total": total,
        "currency": currency,
        "due": due,
        "paid": paid,
    }


def _meeting(draw: Draw, language: Language) -> tuple[str, Fields]:
    one, two, day = person(draw), person(draw), date(draw)
    job, trabalho = draw.one((
        ("send the contract", "enviar o contrato"), ("call the supplier",
         "ligar para o fornecedor"),
        ("update the plan", "atualizar o plano"), ("book the hall", "reservar o salão"),
        ("check the figures", "conferir os números"), ("write the summary", "escrever o resumo"),
        ("order the parts", "encomendar as peças"), ("test the pump",
         "testar a bomba")))  # fmt: skip
    task = job if language == "en" else trabalho
    text = {
        "en": f"{one} and {two} met. {one} will {task} until {day}.",
        "pt": f"{one} e {two} se reuniram. {one} vai {task} até {day}.",
    }[language]
    return text, {"owner": one, "task": task, "deadline": day, "participants": [one, two]}


def _weakness(draw: Draw, language: Language) -> tuple[str, Fields]:
    kind, level, en, pt = draw.one((
        ("sql_injection", "high", "the query is built from user input",
         "a consulta é montada com a entrada do usuário"),
        ("hardcoded_secret", "high", "a password stands in the code", "há uma senha no código"),
        ("path_traversal", "medium", "a file name of the user is opened as it is",
         "um nome de arquivo do usuário é aberto sem checagem"),
        ("weak_hash", "medium", "passwords are hashed with MD5", "as senhas usam MD5"),
        ("missing_auth", "high", "the admin page needs no login",
         "a página de administração não exige login"),
        ("verbose_errors", "low", "stack traces are shown to users",
         "os usuários veem o stack trace"),
        ("open_redirect", "medium", "the target of the redirect comes from the address",
         "o destino do redirecionamento vem do endereço"),
        ("debug_mode", "low", "debug mode is on", "o modo debug está ligado")))  # fmt: skip
    file = f"{made_up(draw).lower()}.py"
    said = en if language == "en" else pt
    return f"{file}: {said}", {
        "file": file,
        "weakness": kind,
        "severity": level,
        "description": said[:1].upper() + said[1:],
    }


def _mail(draw: Draw, language: Language) -> tuple[str, Fields]:
    sender, receiver, place, hour = (
        person(draw),
        person(draw),
        city(draw),
        f"{draw.integer(8, 19):02d}:30",
    )
    purpose, en, pt = draw.one((
        ("invitation", "please come to the opening in {place} at {hour}",
         "venha à abertura em {place} às {hour}"),
        ("cancellation", "the talk in {place} at {hour} does not take place",
         "a palestra em {place} às {hour} foi cancelada"),
        ("reminder", "do not forget the visit in {place} at {hour}",
         "não esqueça a visita em {place} às {hour}"),
        ("request", "can you pick me up in {place} at {hour}",
         "você pode me buscar em {place} às {hour}")))  # fmt: skip
    said = (en if language == "en" else pt).format(place=place, hour=hour)
    word = ("From", "to") if language == "en" else ("De", "para")
    return f"{word[0]} {sender} {word[1]} {receiver}: {said}.", {
        "sender": sender, "recipient": receiver, "purpose": purpose, "place": place, "time": hour,
    }  # fmt: skip


def _insight(draw: Draw, language: Language) -> tuple[str, Fields]:
    reason, mood, level, en, pt, step_en, step_pt = draw.one((
        ("late_delivery", "impatient", "medium", "the order is a week late",
         "o pedido está uma semana atrasado",
         "Track the parcel and give a date.", "Rastreie o pacote e informe uma data."),
        ("broken_item", "angry", "high", "the lamp arrived in pieces",
         "a luminária chegou em pedaços",
         "Offer a new one or the money back.", "Ofereça uma nova ou a devolução do valor."),
        ("large_order", "calm", "medium", "a company wants forty chairs",
         "uma empresa quer quarenta cadeiras",
         "Prepare an offer with a discount.", "Prepare uma proposta com desconto."),
        ("double_charge", "worried", "high", "the card was charged twice",
         "o cartão foi cobrado duas vezes",
         "Check the payments and refund one.", "Confira os pagamentos e estorne um."),
        ("wrong_size", "calm", "low", "the shoes are too small", "os sapatos ficaram pequenos",
         "Arrange an exchange.", "Combine a troca."),
        ("no_answer", "angry", "high", "nobody replied for days", "ninguém respondeu por dias",
         "Apologize and call back today.", "Peça desculpas e ligue ainda hoje."),
        ("question", "calm", "low", "the customer asks about the warranty",
         "o cliente pergunta da garantia",
         "Explain the warranty.", "Explique a garantia."),
        ("cancelled_order", "worried", "medium", "the order was cancelled without a reason",
         "o pedido foi cancelado sem motivo",
         "Find out why and order again.", "Descubra o motivo e refaça o pedido.")))  # fmt: skip
    said, step = (en, step_en) if language == "en" else (pt, step_pt)
    who = person(draw)
    text = f"{who}: {said} ({reason})"
    summary = {"en": f"{who} was passed on because {said}.",
        "pt": f"{who} foi encaminhado porque {said}."}[language]  # fmt: skip
    return text, {
        "customer": who, "reason": reason, "mood": mood, "urgency": level, "summary": summary,
        "next_step": step,
    }  # fmt: skip


TASKS = (
    Task({"customer": Slot("text"), "reason": Slot("text"), "mood": Slot("enum", ("calm",
        "impatient", "worried", "angry")),
          "urgency": Slot("enum", ("low", "medium", "high")), "summary": Slot("text"),
          "next_step": Slot("text")}, _insight,
         {"en": ("Prepare the colleague who takes over this conversation.",
             "Analyze the escalated chat."),
          "pt": ("Prepare o colega que assume esta conversa.",
          "Analise o atendimento encaminhado.")}),
    Task({"topic": Slot("enum", ("billing", "login", "delivery", "refund")),
        "urgent": Slot("boolean"), "customer": Slot("text"), "customer_id": Slot("text")}, _ticket,
        
         {"en": ("Sort this support message.", "Classify the ticket."),
             "pt": ("Classifique esta mensagem.", "Organize este chamado.")}),
    Task({"product": Slot("text"), "sentiment": Slot("enum", ("positive", "neutral", "negative")),
        "stars": Slot("integer")}, _review,
         {"en": ("What does this review say?", "Rate the review."),
             "pt": ("O que diz esta avaliação?", "Leia a avaliação.")}),
    Task({"guest": Slot("text"), "city": Slot("text"), "arrival": Slot("text"),
        "nights": Slot("integer"), "guests": Slot("integer")}, _booking,
         {"en": ("Extract the booking.", "Turn the request into a reservation."),
             "pt": ("Extraia a reserva.", "Leia o pedido de reserva.")}),
    Task({"invoice": Slot("text"), "supplier": Slot("text"), "total": Slot("number"),
        "currency": Slot("enum", ("EUR", "USD", "BRL")), "due": Slot("text"),
        "paid": Slot("boolean")}, _invoice,
         {"en": ("Read the invoice.", "Take the data of this bill."), "pt": ("Leia a fatura.",
             "Extraia os dados da fatura.")}),
    Task({"owner": Slot("text"), "task": Slot("text"), "deadline": Slot("text"),
        "participants": Slot("list")}, _meeting,
         {"en": ("Note the action of this meeting.", "Who does what until when?"),
             "pt": ("Anote a tarefa desta reunião.", "Quem faz o quê até quando?")}),
    Task({"file": Slot("text"), "weakness": Slot("enum", ("sql_injection", "hardcoded_secret",
        "path_traversal", "weak_hash", "missing_auth", "verbose_errors", "open_redirect",
        "debug_mode")),
          "severity": Slot("enum", ("high", "medium", "low")), "description": Slot("text")},
          _weakness,
         {"en": ("Report this weakness.", "Classify the finding of the audit."),
             "pt": ("Relate esta fraqueza.", "Classifique o achado da auditoria.")}),
    Task({"sender": Slot("text"), "recipient": Slot("text"), "purpose": Slot("enum", ("invitation",
        "cancellation", "reminder", "request")), "place": Slot("text"), "time": Slot("text")},
        _mail,
         {"en": ("Summarize the mail as data.", "Take this message apart."),
             "pt": ("Transforme a mensagem em dados.", "Analise este recado.")}),
)  # fmt: skip
INTRODUCE = {
    "en": ("Respond in JSON format:\n{form}", "Return only this JSON:\n{form}",
    "Output format:\n{form}", "Reply as JSON like {form}",
           "Your answer must be JSON: {form}", "Answer with JSON:\n{form}"),
    "pt": ("Responda em JSON:\n{form}", "Retorne somente este JSON:\n{form}",
    "Formato da resposta em JSON:\n{form}", "Devolva JSON assim: {form}",
           "A resposta deve ser JSON: {form}", "Formato JSON: {form}"),
}  # fmt: skip
BY_KEYS = {
    "en": ("Answer as JSON with keys: {keys}", "Return JSON with fields: {keys}",
    "Give me JSON with the keys: {keys}", "Output JSON with keys: {keys}"),
    "pt": ("Responda em JSON com as chaves: {keys}", "Retorne JSON com os campos: {keys}",
    "Quero JSON com as chaves: {keys}", "Saída em JSON com campos: {keys}"),
}  # fmt: skip
LABEL = {"en": ("Text", "Message", "Note", "Source"), "pt": ("Texto", "Mensagem", "Nota", "Fonte")}


def form(draw: Draw) -> Case:
    """Return a text and a format of one's own, and the text's facts in this format."""
    language: Language = "pt" if draw.chance(0.4) else "en"
    task = draw.one(TASKS)
    text, values = task.write(draw, language)
    kept = draw.shuffled(list(task.slots))[: draw.integer(2, len(task.slots))]
    answer = {key: values[key] for key in kept}
    asked = draw.any_of(task.ask[language])
    label = draw.one(LABEL[language])
    # A bare list of keys tells no types, so it stands only where texts are asked for.
    plain = all(task.slots[key].kind == "text" for key in kept) and not any(
        key.endswith("s") for key in kept
    )
    data: dict[str, Any]
    match draw.integer(0, 2):
        case 0 if plain:
            wanted = draw.say(BY_KEYS[language], keys=", ".join(kept))
            data = {"prompt": f"{asked}\n\n{label}: {text}\n\n{wanted}"}
        case 1:
            schema = {
                "type": "object", "properties": {key: _schema(task.slots[key]) for key in kept},
                "required": kept, "additionalProperties": False,
            }  # fmt: skip
            data = {
                "prompt": f"{asked} {text}",
                "response_format": {"type": "json_schema", "schema": schema},
            }
            if draw.chance(0.5):
                data["prompt"] = asked
                data["context"] = {label.lower(): text}
        case _:
            wanted = draw.one(INTRODUCE[language]).format(form=_template(draw, task, kept))
            if draw.chance(0.3):
                data = {"system": f"{asked}\n{wanted}", "prompt": f"{label}: {text}"}
            else:
                data = {"prompt": f"{asked}\n\n{label}: {text}\n\n{wanted}"}
    free = ("summary", "next_step", "task", "description")
    equals = {key: value for key, value in answer.items() if key not in free}
    return Case(FAMILY, language, data, answer, equals=equals)


def _schema(slot: Slot) -> dict[str, Any]:
    if slot.kind == "enum":
        return {"enum": list(slot.words)}
    if slot.kind == "list":
        return {"type": "array", "items": {"type": "string", "maxLength": 60}, "maxItems": 4}
    if slot.kind == "text":
        return {"type": "string", "maxLength": 120}
    return {"type": slot.kind}


def _template(draw: Draw, task: Task, kept: list[str]) -> str:
    named = draw.chance(0.5)
    parts = []
    for key in kept:
        slot = task.slots[key]
        match slot.kind:
            case "enum":
                value = json.dumps("|".join(slot.words))
            case "boolean":
                value = "<boolean>" if named else "true|false"
            case "integer" | "number":
                value = "<number>"
            case "list":
                value = '["..."]'
            case _:
                value = "<string>" if named else '"..."'
        parts.append(f'"{key}": {value}')
    if draw.chance(0.5):
        return "{" + ", ".join(parts) + "}"
    return "{\n  " + ",\n  ".join(parts) + "\n}"
