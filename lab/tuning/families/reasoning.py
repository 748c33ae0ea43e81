"""Texts to reason about: orders, what fits where, likely causes, simple logic."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.names import made_up, people, services

FAMILY = "reasoning"
AGENT = "agent-reasoning"


def ordering(draw: Draw) -> Case:
    """Return steps that need each other, and their order."""
    language = _language(draw)
    steps = services(draw, draw.integer(3, 5)) if draw.chance(0.5) else _tasks(draw, language)
    if draw.chance(0.5):
        needs = {
            "en": ("{a} needs {b}", "{a} depends on {b}", "{a} comes after {b}",
            "{a} waits for {b}"),
            "pt": ("{a} precisa de {b}", "{a} depende de {b}", "{a} vem depois de {b}",
            "{a} espera {b}"),
        }[language]  # fmt: skip
        pairs = zip(steps[1:], steps, strict=False)
        lines = [draw.one(needs).format(a=later, b=earlier) for later, earlier in pairs]
        context: dict[str, Any] = {"rules": draw.shuffled(lines)}
    else:
        word, nothing = ("needs", "nothing") if language == "en" else ("precisa de", "nada")
        lines = [
            f"{step} {word} {before}"
            for step, before in zip(steps, [nothing, *steps], strict=False)
        ]
        context = {"steps": draw.shuffled(lines)}
    asked = draw.say({
        "en": ("In which order do these steps run?", "Plan the order of the steps.",
        "What comes first, and what follows?",
               "Give me a sequence that works.", "How should they be started one after the other?",
               "Put the steps into order.", "What is the right order?", "Make a plan."),
        "pt": ("Em que ordem esses passos devem rodar?", "Planeje a ordem dos passos.",
               "O que vem primeiro e o que vem depois?", "Qual sequência funciona?",
               "Como iniciar tudo, um após o outro?", "Coloque os passos em ordem.",
               "Qual é a ordem certa?",
               "Faça um plano com a sequência."),
    }[language])  # fmt: skip
    first, last = steps[0], steps[-1]
    reason = draw.say({
        "en": ("{first} needs nothing before it, and {last} needs all the others.",
               "Begin with {first}; {last} can only come at the end.",
               "Nothing blocks {first}, so it is first.", "Each step waits for the one before it."),
        "pt": ("{first} não precisa de nada antes, e {last} precisa dos outros.",
               "Comece por {first}; {last} só pode vir no fim.",
               "Nada impede {first}, então vem primeiro.",
               "Cada passo espera pelo anterior."),
    }[language], first=first, last=last)  # fmt: skip
    said = {"en": "The order is: {}.", "pt": "A ordem é: {}."}[language].format(", ".join(steps))
    return _case(
        draw, language, asked, context, "planning", f"{reason} {said}", (", ".join(steps),)
    )


def fitting(draw: Draw) -> Case:
    """Return a load and places for it, of which one is large enough."""
    language = _language(draw)
    unit = draw.any_of(("GiB", "kg", "GB", "L"))
    size = draw.integer(6, 60)
    places = draw.some(
        tuple(
            f"{kind}-{letter}" for kind in ("node", "truck", "shelf", "rack") for letter in "abcdef"
        ),
        3,
        4,
    )
    right = draw.any_of(places)
    room = {
        place: size + draw.integer(1, 20) if place == right else size - draw.integer(1, 5)
        for place in places
    }
    load = made_up(draw, 2).lower()
    en, pt = "free", "livre"
    context = {"load": {"name": load, "size": f"{size} {unit}"}} | {
        place: {en if language == "en" else pt: f"{free} {unit}"} for place, free in room.items()
    }  # fmt: skip
    asked = draw.say({
        "en": ("Where does {load} fit?", "Which place has room for {load}?",
        "Where do I put {load}?",
               "Find a place for {load}.", "Can you place {load}?", "Which one can take {load}?"),
        "pt": ("Onde cabe {load}?", "Qual lugar tem espaço para {load}?", "Onde coloco {load}?",
               "Encontre um lugar para {load}.", "Você pode alocar {load} em algum lugar?",
               "Quem comporta {load}?"),
    }[language], load=load)  # fmt: skip
    answer = {
        "en":
        f"{load} takes {size} {unit}. Only {right} has enough room, {room[right]} {unit}. Put "
        f"it on {right}.",
        "pt":
        f"{load} ocupa {size} {unit}. Só {right} tem espaço suficiente, {room[right]} {unit}. "
        f"Coloque em {right}.",
    }[language]  # fmt: skip
    return _case(draw, language, asked, context, "optimization", answer, (right,))


CAUSES = (
    ("disk", ("the disk is full", "writes fail with no space left", "log files grew all night"),
     "The disk is full, so writes fail. Free space or grow the volume.",
     ("o disco está cheio", "as gravações falham por falta de espaço",
      "os logs cresceram a noite toda"),
     "O disco está cheio, por isso as gravações falham. Libere espaço ou aumente o volume.",
     "disco"),
    ("certificate", ("clients report an expired certificate", "the handshake fails since midnight",
     "the service itself runs"),
     "The certificate has expired, so clients refuse the connection. Renew it.",
     ("os clientes veem um certificado vencido", "o handshake falha desde a noite",
      "o serviço em si funciona"),
     "O certificado venceu, por isso os clientes recusam a conexão. Renove o certificado.",
     "certificado"),
    ("memory", ("the process is killed by the kernel", "memory grows until the end",
     "it starts again each hour"),
     "It runs out of memory and is killed. Look for a leak or raise the memory limit.",
     ("o processo é morto pelo kernel", "a memória cresce até o fim", "ele reinicia a cada hora"),
     "Falta memória e o processo é morto. Procure um vazamento ou aumente o limite de memória.",
     "memória"),
    ("DNS", ("names do not resolve", "calls by address work", "the resolver was changed today"),
     "Names do not resolve, so it is the DNS. Undo the change of the resolver.",
     ("os nomes não resolvem", "chamadas pelo endereço funcionam", "o resolvedor mudou hoje"),
     "Os nomes não resolvem, então é o DNS. Desfaça a mudança do resolvedor.", "DNS"),
    ("password", ("the login to the database is refused", "the password was rotated",
     "other clients still work"),
     "The client still uses the old password. Give it the new password and restart it.",
     ("o login no banco é recusado", "a senha foi trocada", "outros clientes funcionam"),
     "O cliente ainda usa a senha antiga. Informe a senha nova e reinicie.", "senha"),
    ("configuration", ("errors began right after the new configuration", "the old version had none",
     "load is unchanged"),
     "The new configuration brought the errors. Go back to the old configuration.",
     ("os erros começaram com a nova configuração", "a versão antiga não tinha erros",
      "a carga não mudou"),
     "A nova configuração trouxe os erros. Volte para a configuração antiga.", "configuração"),
    ("network", ("packets are lost between the sites", "each site by itself works",
     "a switch was replaced"),
     "The network between the sites loses packets. Check the new switch.",
     ("pacotes se perdem entre as unidades", "cada unidade sozinha funciona",
      "um switch foi trocado"),
     "A rede entre as unidades perde pacotes. Verifique o switch novo.", "rede"),
    ("queue", ("messages wait for hours", "the consumers are stopped", "producers work as usual"),
     "The consumers of the queue are stopped. Start them again.",
     ("as mensagens esperam horas", "os consumidores estão parados", "os produtores funcionam"),
     "Os consumidores da fila estão parados. Inicie-os de novo.", "fila"),
)  # fmt: skip


def troubleshooting(draw: Draw) -> Case:
    """Return symptoms, their cause and what to do."""
    language = _language(draw)
    word, signs_en, said_en, signs_pt, said_pt, word_pt = draw.one(CAUSES)
    name = services(draw, 1)[0]
    signs, answer = (signs_en, said_en) if language == "en" else (signs_pt, said_pt)
    context = {"service": name, "symptoms": draw.shuffled(signs)}
    asked = draw.say({
        "en": ("What is wrong with {one}?", "Why does {one} fail?", "Find the cause for {one}.",
        "{one} is broken. What should I do?",
               "What is the most likely cause?", "Help me to fix {one}."),
        "pt": ("O que há de errado com {one}?", "Por que {one} falha?",
        "Encontre a causa em {one}.",
               "{one} não funciona. O que devo fazer?", "Qual é a causa mais provável?",
               "Me ajude a corrigir {one}."),
    }[language], one=name)  # fmt: skip
    return _case(
        draw,
        language,
        asked,
        context,
        "troubleshooting",
        answer,
        (word if language == "en" else word_pt,),
    )


def logic(draw: Draw) -> Case:
    """Return comparisons in a chain, and who is at its end."""
    language = _language(draw)
    names = people(draw, draw.integer(3, 4))
    more, most, less, least = draw.one((
        (("older than", "mais velho que"), ("oldest", "mais velho"), ("younger than",
         "mais novo que"), ("youngest", "mais novo")),
        (("taller than", "mais alto que"), ("tallest", "mais alto"), ("shorter than",
         "mais baixo que"), ("shortest", "mais baixo")),
        (("faster than", "mais rápido que"), ("fastest", "mais rápido"), ("slower than",
         "mais lento que"), ("slowest", "mais lento")),
        (("richer than", "mais rico que"), ("richest", "mais rico"), ("poorer than",
         "mais pobre que"), ("poorest", "mais pobre")),
    ))  # fmt: skip
    place = 0 if language == "en" else 1
    lines = []
    for first, second in pairwise(names):
        if draw.chance(0.6):
            lines.append(f"{first} {('is', 'é')[place]} {more[place]} {second}")
        else:
            lines.append(f"{second} {('is', 'é')[place]} {less[place]} {first}")
    top = draw.chance(0.5)
    word, found = (most, names[0]) if top else (least, names[-1])
    asked = draw.say({
        "en": ("Who is the {word}?", "Tell me who is the {word}.", "Which of them is the {word}?",
        "Find out who is the {word}."),
        "pt": ("Quem é o {word}?", "Diga quem é o {word}.", "Qual deles é o {word}?",
        "Descubra quem é o {word}."),
    }[language], word=word[place])  # fmt: skip
    chain = names if top else names[::-1]
    if language == "en":
        said = f"From the facts the order is {', '.join(chain)}. So {found} is the {word[0]}."
    else:
        said = f"Pelos fatos a ordem é {', '.join(chain)}. Então {found} é o {word[1]}."
    return _case(
        draw,
        language,
        asked,
        {"statements": draw.shuffled(lines)},
        "logic",
        said,
        (f"{found} {('is', 'é')[place]}",),
    )


def _tasks(draw: Draw, language: Language) -> list[str]:
    jobs = (
        ("backup", "migration", "deploy", "smoke test", "release note"),
        ("design", "review", "build", "test", "launch"),
        ("survey", "foundation", "walls", "roof", "paint"),
        ("shopping", "chopping", "cooking", "plating", "serving"),
        ("harvest", "washing", "drying", "packing", "shipping"),
        ("recording", "mixing", "mastering", "pressing", "sale"),
    )
    trabalhos = (
        ("cópia", "migração", "publicação", "teste", "aviso"),
        ("projeto", "revisão", "montagem", "ensaio", "entrega"),
        ("medição", "fundação", "paredes", "telhado", "pintura"),
        ("compra", "corte", "cozimento", "montagem", "serviço"),
        ("colheita", "lavagem", "secagem", "embalagem", "envio"),
        ("gravação", "mixagem", "masterização", "prensagem", "venda"),
    )
    chosen = draw.one(jobs if language == "en" else trabalhos)
    count = draw.integer(3, 5)
    return draw.random.sample(list(chosen), count)


def _language(draw: Draw) -> Language:
    return "pt" if draw.chance(0.35) else "en"


def _case(
    draw: Draw,
    language: Language,
    asked: str,
    context: dict[str, Any],
    kind: str,
    answer: str,
    keys: tuple[str, ...],
) -> Case:
    data: dict[str, Any] = {"question": asked, "context": context}
    if draw.chance(0.4):
        data |= {"max_steps": draw.integer(2, 8), "task_type": kind}
    return Case(FAMILY, language, data, answer, AGENT if draw.chance(0.7) else None, keys=keys)
