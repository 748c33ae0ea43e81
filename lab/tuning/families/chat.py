"""A chatbot of a cluster: readings and alerts from facts and history, and no data said so."""

from __future__ import annotations

from typing import Any

from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.names import made_up, namespace, people, services

FAMILY = "chat"
AGENT = "agent-bruno"
ALERTS = (
    ("HighReplicationLag", "the replica is far behind", "a réplica está muito atrasada"),
    ("DiskPressure", "the disk is nearly full", "o disco está quase cheio"),
    ("SlowQueries", "queries take too long", "as consultas demoram demais"),
    ("TooManyRestarts", "its pods keep restarting", "os pods reiniciam sem parar"),
    ("JobFailed", "the nightly job failed", "a tarefa noturna falhou"),
    ("QueueGrowing", "messages pile up", "as mensagens se acumulam"),
    ("EndpointDown", "nothing answers there", "nada responde ali"),
    ("BackupMissing", "there was no backup", "não houve cópia de segurança"),
)  # fmt: skip
SYSTEMS = (
    "You are {bot}, the helper of a small cluster. Be brief.",
    "On a status page you reply as {bot}.\n\nRules:\n- short answers\n- nothing invented",
    "{bot} answers questions about the services of a company. Lists are welcome.",
    "{bot}, that is you. Say so when you do not know.",
    "Help the people who run these machines. Your name is {bot}.",
    "As {bot} you explain what goes on in the data center.",
    "You are {bot}. Answer only what is asked.",
    "{bot} is friendly, short and exact.",
)
ALERT_ASKED = {
    "en": ("Which alerts are open?", "What alerts are firing right now?", "Is anything wrong?",
    "Any problems at the moment?",
           "What should I look at first?", "Tell me the open alerts.", "What is broken today?",
           "Show me the alerts."),
    "pt": ("Quais alertas estão abertos?", "Que alertas temos agora?", "Tem algo errado?",
    "Algum problema no momento?",
           "O que devo olhar primeiro?", "Me diga os alertas abertos.", "O que está quebrado hoje?",
           "Mostre os alertas."),
}  # fmt: skip
VALUE_ASKED = {
    "en": ("What is the {what} of {name}?", "How high is the {what} of {name}?",
    "Tell me the {what} for {name}.",
           "What {what} does {name} show?", "{name}: {what}?",
           "Can you give me the {what} of {name}?"),
    "pt": ("Qual é o valor de {what} do {name}?", "Quanto marca {what} no {name}?",
    "Me diga {what} do {name}.",
           "O {name} mostra quanto em {what}?", "{name}: quanto é {what}?",
           "Pode me passar {what} do {name}?"),
}  # fmt: skip
NO_DATA = {
    "en": ("I have no data about that here. Please look in Grafana or Prometheus.",
           "There is no data on this in front of me; Grafana and Prometheus have it.",
           "I cannot see any readings for that. Grafana or Prometheus will show them.",
           "No data about it reached me, so please check Grafana or Prometheus."),
    "pt": ("Não tenho dados sobre isso aqui. Veja no Grafana ou no Prometheus.",
           "Não há dados disso comigo; consulte o Grafana ou o Prometheus.",
           "Não vejo leituras sobre isso. O Grafana ou o Prometheus mostram.",
           "Nenhum dado sobre isso chegou até mim; confira no Grafana ou no Prometheus."),
}  # fmt: skip
MEASURES = (("cpu", "CPU usage", "CPU", "%"), ("memory", "memory usage", "memória", "%"),
    ("latency", "latency", "latência", "ms"),
            ("requests", "request rate", "requisições", "req/s"), ("errors", "error rate", "erros",
             "%"), ("uptime", "uptime", "tempo no ar", "h"))  # fmt: skip
HELLO = {
    "en": (("Hi, who are you?", "Hello!", "Good morning", "What can you do?"),
           (
            "Hello! I am {bot}, and I answer questions about the services here. What would "
            "you like to know?",
            "Hi! I am {bot}. Ask me about services, alerts or how things work.",
            "I am {bot}, the assistant here. How can I help?",
            "Good to see you! I am {bot} and can help you with the services and their alerts.")),
    "pt": (("Oi, quem é você?", "Olá!", "Bom dia", "O que você sabe fazer?"),
           (
            "Olá! Eu sou {bot} e respondo perguntas sobre os serviços daqui. O que você quer "
            "saber?",
            "Oi! Sou {bot}. Pergunte sobre serviços, alertas ou como as coisas funcionam.",
            "Eu sou {bot}, o assistente daqui. Como posso ajudar?",
            "Que bom te ver! Sou {bot} e posso ajudar com os serviços e os alertas.")),
}  # fmt: skip


def chat(draw: Draw) -> Case:
    """Return a visitor's question and a short answer."""
    language: Language = "pt" if draw.chance(0.4) else "en"
    kind = draw.integer(0, 9)
    bot = made_up(draw)
    if kind <= 3:
        return _alerts(draw, language, bot)
    if kind <= 6:
        return _value(draw, language, bot)
    if kind == 7:
        asked = draw.say(HELLO[language][0])
        said = draw.say(HELLO[language][1], bot=bot)
        return _case(draw, language, bot, asked, {}, said, (bot,), force=True)
    name = services(draw, 1)[0]
    what = draw.one(MEASURES)[1 if language == "en" else 2]
    asked = draw.say(
        ALERT_ASKED[language] if kind == 8 else VALUE_ASKED[language], what=what, name=name
    )
    return _case(draw, language, bot, asked, {}, draw.say(NO_DATA[language]), ("Grafana",))


def remembered(draw: Draw) -> Case:
    """Return a question about what was said turns ago."""
    language: Language = "pt" if draw.chance(0.4) else "en"
    person, other = people(draw, 2)
    thing = services(draw, 1)[0]
    tell = draw.say({
        "en": ("I am {one} and I look after {thing}.", "My name is {one}; my service is {thing}.",
        "{one} here, from the {thing} team.", "This is {one}, I run {thing}."),
        "pt": ("Sou {one} e cuido do {thing}.", "Meu nome é {one} e meu serviço é o {thing}.",
        "Aqui é {one}, do time do {thing}.", "{one} falando, eu opero o {thing}."),
    }[language], one=person, thing=thing)  # fmt: skip
    reply = draw.say({
        "en": ("Nice to meet you, {one}.", "Hello {one}, noted.", "Thank you, {one}.",
        "Welcome, {one}."),
        "pt": ("Prazer, {one}.", "Olá {one}, anotado.", "Obrigado, {one}.", "Bem-vindo, {one}."),
    }[language], one=person)  # fmt: skip
    by_name = draw.chance(0.5)
    asked = draw.say({
        (True, "en"): ("What is my name?", "Who am I?", "Do you remember my name?",
         "What did I say my name is?"),
        (False, "en"): ("Which service is mine?", "What do I look after?",
         "Do you remember my service?", "Which service did I name?"),
        (True, "pt"): ("Qual é o meu nome?", "Quem sou eu?", "Você lembra do meu nome?",
         "Como eu disse que me chamo?"),
        (False, "pt"): ("Qual serviço é o meu?", "Do que eu cuido?", "Você lembra do meu serviço?",
         "Que serviço eu citei?"),
    }[by_name, language])  # fmt: skip
    said = {
        (True, "en"): f"Your name is {person}, you told me earlier.", (False,
         "en"): f"You look after {thing}, {person}.",
        (True, "pt"): f"Seu nome é {person}, como você me disse.", (False,
         "pt"): f"Você cuida do {thing}, {person}.",
    }[by_name, language]  # fmt: skip
    past = [("user", tell), ("assistant", reply)]
    if draw.chance(0.4):
        past += [("user", {"en": f"Say hello to {other}.",
            "pt": f"Diga oi para {other}."}[language]),
                 ("assistant", {"en": f"Hello {other}!",
                  "pt": f"Oi, {other}!"}[language])]  # fmt: skip
    return _case(
        draw, language, made_up(draw), asked, {}, said, (person if by_name else thing,), past
    )


def _alerts(draw: Draw, language: Language, bot: str) -> Case:
    chosen = draw.some(ALERTS, 1, 3)
    names = services(draw, len(chosen))
    alerts = [
        {"name": alert[0], "service": name, "severity": draw.any_of(("critical", "warning")),
            "namespace": namespace(draw)}
        for alert, name in zip(chosen, names, strict=True)
    ]  # fmt: skip
    place = 1 if language == "en" else 2
    lines = [
        f"**{alert[0]}** ({name}): {alert[place]}"
        for alert, name in zip(chosen, names, strict=True)
    ]
    if len(lines) == 1:
        lead = {"en": "One alert is open: ", "pt": "Há um alerta aberto: "}[language]
        said = f"{lead}{lines[0]}."
    else:
        lead = {"en": "These alerts are open:", "pt": "Estes alertas estão abertos:"}[language]
        said = "\n".join([lead, *(f"- {line}" for line in lines)])
    return _case(
        draw,
        language,
        bot,
        draw.say(ALERT_ASKED[language]),
        {"alerts": alerts},
        said,
        tuple(alert[0] for alert in chosen),
    )


def _value(draw: Draw, language: Language, bot: str) -> Case:
    names = services(draw, draw.integer(1, 3))
    measures = draw.some(MEASURES, 2, 3)
    rows = {name: {m[0]: f"{draw.integer(1, 99)} {m[3]}" for m in measures} for name in names}
    name, measure = draw.any_of(names), draw.any_of(measures)
    what = measure[1 if language == "en" else 2]
    value = rows[name][measure[0]]
    said = draw.say({
        "en": ("The {what} of {name} is **{value}**.", "{name} is at **{value}** ({what}).",
        "Right now {name} shows a {what} of {value}.", "{name} has a {what} of {value}."),
        "pt": ("{name} está com {what} em **{value}**.",
        "O valor de {what} do {name} é **{value}**.", "Agora o {name} mostra {value} de {what}.",
        "Em {name}, {what} está em {value}."),
    }[language], what=what, name=name, value=value)  # fmt: skip
    return _case(
        draw,
        language,
        bot,
        draw.say(VALUE_ASKED[language], what=what, name=name),
        {"metrics": rows},
        said,
        (value,),
    )


def _case(
    draw: Draw, language: Language, bot: str, asked: str, context: dict[str, Any], said: str,
    keys: tuple[str, ...], past: list[tuple[str, str]] | None = None, force: bool = False,
) -> Case:  # fmt: skip
    past = past or []
    if force or draw.chance(0.5):
        user, assistant = draw.one(
            (("User", "Assistant"), ("Human", "AI"), ("Visitor", "Bot"), ("User", "Assistant"))
        )
        parts = [f"System: {draw.one(SYSTEMS).format(bot=bot)}"]
        if draw.chance(0.3):
            parts.append(
                f"[USER CONTEXT]\nlanguage: {language}\npage: /{namespace(draw)}\n[END USER "
                f"CONTEXT]"
            )
        parts += [f"{user if role == 'user' else assistant}: {words}" for role, words in past]
        parts += [f"{user}: {asked}", f"{assistant}:"]
        data: dict[str, Any] = {"prompt": "\n\n".join(parts)}
    else:
        data = {"prompt": asked}
        if past:
            data["messages"] = [{"role": role, "content": words} for role, words in past]
    if context:
        data["context"] = context
    return Case(FAMILY, language, data, said, AGENT, keys=keys)
