"""Sellers in Brazilian Portuguese: products of a catalogue, prices exact, people when needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from function.schemas.catalogue import brazilian_price
from lab.tuning.case import Case
from lab.tuning.draw import Draw
from lab.tuning.names import made_up, people

FAMILY = "seller"


@dataclass(frozen=True)
class Department:
    """What one of the sellers sells."""

    agent: str
    name: str
    trade: str
    goods: tuple[str, ...]
    kinds: tuple[str, ...]
    uses: tuple[str, ...]


DEPARTMENTS = (
    Department("agent-store-multibrands-luna", "Luna", "moda",
        ("Saia Plissada", "Blusa de Seda", "Colete Acolchoado", "Calça Pantalona",
         "Camisa Listrada",
         "Sandália Rasteira", "Cinto Trançado", "Macacão Curto", "Casaco de Lã", "Bota Coturno",
         "Bermuda Cargo", "Lenço Estampado"),
        ("clássico", "verão", "leve", "premium", "casual", "slim", "urbano", "festa"),
        ("uma festa", "o trabalho", "uma viagem", "o dia a dia", "um jantar", "um casamento")),
    Department("agent-store-multibrands-max", "Max", "tecnologia",
        ("Roteador Wi-Fi", "Carregador Portátil", "Webcam HD", "Tablet", "Caixa de Som",
         "Smartwatch", "Projetor", "Teclado Sem Fio", "Hub USB-C", "Câmera de Segurança",
         "Pen Drive", "Repetidor de Sinal"),
        ("Pro", "Mini", "Plus", "Lite", "Max 2", "Air", "Ultra", "Go"),
        ("o escritório", "estudar", "viajar", "reuniões", "a sala", "trabalhar em casa")),
    Department("agent-store-multibrands-sofia", "Sofia", "casa",
        ("Tapete Sisal", "Estante Modular", "Jogo de Panelas", "Almofada Bordada",
         "Espelho Redondo",
         "Poltrona", "Cortina de Linho", "Vaso de Cerâmica", "Cesto Organizador", "Mesa Lateral",
         "Relógio de Parede", "Manta de Tricô"),
        ("rústico", "moderno", "natural", "escandinavo", "compacto", "artesanal", "dobrável",
         "grande"),
        ("a varanda", "o quarto", "a cozinha", "um espaço pequeno", "a entrada",
         "a sala de jantar")),
    Department("agent-store-multibrands-bella", "Bella", "beleza",
        ("Tônico de Rosas", "Máscara Capilar", "Gloss Labial", "Óleo Corporal", "Shampoo Nutritivo",
         "Perfume Cítrico", "Esfoliante", "Hidratante Facial", "Blush Cremoso", "Creme para Mãos",
         "Delineador", "Água Micelar"),
        ("suave", "intenso", "noturno", "diário", "vegano", "hipoalergênico", "reparador",
         "floral"),
        ("pele seca", "cabelo cacheado", "uso diário", "um presente", "a noite", "pele sensível")),
    Department("agent-store-multibrands-pixel", "Pixel", "games",
        ("Headset", "Cadeira Gamer", "Mouse", "Mousepad", "Jogo de Corrida", "Volante",
         "Placa de Captura", "Monitor Curvo", "Suporte Vertical", "Microfone", "Cartão Presente",
         "Jogo de Aventura"),
        ("RGB", "Storm", "Elite", "Arena", "X2", "Turbo", "Nova", "Core"),
        ("jogar com amigos", "fazer lives", "jogos de corrida", "o console", "o PC",
         "jogar à noite")),
)  # fmt: skip
ASK_FOR = (
    "Oi, você tem {good}?", "Boa tarde! Procuro {good} para {use}.", "Quanto custa {good}?",
    "Vocês vendem {good}?", "Olá, queria {good}, tem aí?", "Oi! Me indica {good} para {use}?",
    "Tem {good} disponível hoje?", "Qual o preço de {good}?", "Bom dia, estou atrás de {good}.",
    "Preciso de {good} para {use}, o que sugere?", "Ei, {good} ainda tem?", "Me fala de {good}.",
)  # fmt: skip
ASK_CHEAPEST = (
    "Qual é a opção mais barata?", "O que tem de mais em conta?", "Tem algo mais barato?",
    "Meu orçamento é curto, o que você sugere?", "Qual produto custa menos?",
    "Quero gastar pouco, o que tem?", "Me mostra o mais baratinho.", "Qual o menor preço da loja?",
)  # fmt: skip
ASK_LIMIT = (
    "O que você tem até {limit}?", "Tenho {limit} para gastar. O que indica?",
    "Quero algo por no máximo {limit}.", "Com {limit} eu levo o quê?",
    "Procuro um presente de até {limit}.", "Tem alguma coisa abaixo de {limit}?",
    "Meu limite é {limit}, me ajuda?", "Sugere algo que caiba em {limit}?",
)  # fmt: skip
GREET = ("Oi", "Olá", "Oi, tudo bem?", "Que bom falar com você!", "Claro!", "Com certeza!",
         "Boa escolha!", "Ótima pergunta!")  # fmt: skip
HAVE = (
    "Temos {name} por {price}.", "O produto {name} sai por {price}.", "{name} custa {price}.",
    "Tenho aqui {name}, que está por {price}.", "Sim, {name} está disponível por {price}.",
    "Separei para você {name}: {price}.", "Indico {name}, no valor de {price}.",
    "O preço de {name} é {price}.",
)  # fmt: skip
GOES_WITH = (
    "Combina muito bem com {use}.", "É uma ótima opção para {use}.", "Funciona bem para {use}.",
    "Vai ficar perfeito para {use}.", "Quem compra gosta de usar para {use}.",
    "É ideal para {use}.",
    "Serve direitinho para {use}.", "Eu escolheria esse para {use}.",
)  # fmt: skip
CLOSE = (
    "Quer que eu reserve para você?", "Posso separar um?", "Gostaria de saber mais alguma coisa?",
    "Vamos fechar?", "Quer ver outras opções?", "Posso ajudar em algo mais?",
    "Prefere retirar na loja ou receber em casa?", "Quer que eu envie uma foto?",
)  # fmt: skip
HAVE_NOT = (
    "No momento não temos {good} na loja.", "Infelizmente {good} não está disponível agora.",
    "Não encontrei {good} entre os nossos produtos.", "Hoje não tenho {good} para oferecer.",
    "Esse item, {good}, não faz parte do nosso catálogo.",
    "Por enquanto não trabalhamos com {good}.",
    "Procurei, mas não há {good} por aqui.", "{good} está em falta no momento.",
)  # fmt: skip
OUT_OF_STOCK = (
    "{name} está sem estoque no momento.", "No momento {name} está esgotado.",
    "Infelizmente {name} acabou.", "Ficamos sem {name} por enquanto.",
)  # fmt: skip
NO_CATALOGUE = (
    "Vou consultar o estoque e já volto com as opções e os preços.",
    "Preciso confirmar no catálogo o que temos disponível hoje.",
    "Deixa eu verificar os produtos disponíveis e os valores certos para você.",
    "Ainda não tenho a lista de produtos aqui, mas posso conferir agora.",
    "Para não te passar um preço errado, vou checar o catálogo primeiro.",
    "Vou pedir a lista atualizada à loja antes de indicar algo.",
    "Não tenho os preços à mão, então vou confirmar com a equipe.",
    "Os produtos não apareceram para mim, já vou conferir.",
)  # fmt: skip
ASK_BACK = (
    "Para que ocasião seria?", "Tem alguma preferência de cor?", "Qual é o seu orçamento?",
    "Seria para você ou para presente?", "Você tem alguma marca preferida?",
    "Como você pretende usar?", "Tem pressa para receber?", "Qual tamanho você procura?",
)  # fmt: skip
TROUBLES: dict[str, tuple[str, ...]] = {
    "complaint": (
        "O produto chegou quebrado, estou muito chateado.", "Comprei e veio tudo errado!",
        "Já é a segunda vez que atrasam a entrega.", "A qualidade é péssima, quero meu dinheiro.",
        "Veio com defeito e ninguém resolve.", "Estou decepcionado com a compra."),
    "customer_request": (
        "Quero falar com um atendente de verdade.", "Pode me passar para uma pessoa?",
        "Prefiro conversar com o gerente.", "Não quero falar com robô, chama alguém.",
        "Me transfere para um humano, por favor.", "Tem algum vendedor aí para me atender?"),
    "payment_issue": (
        "Meu cartão foi cobrado duas vezes.", "O pix saiu da conta e o pedido não apareceu.",
        "O boleto não foi reconhecido.", "O pagamento foi recusado mas o valor foi debitado.",
        "Fui cobrado por um pedido cancelado.", "O desconto não entrou no pagamento."),
    "technical_issue": (
        "O site trava quando vou finalizar.", "O aplicativo fecha sozinho no carrinho.",
        "Não consigo entrar na minha conta.", "O link do rastreio não abre.",
        "A página dá erro quando coloco o endereço.", "O código de acesso nunca chega."),
}  # fmt: skip
HAND_OVER = (
    "Sinto muito por isso. Vou chamar uma pessoa da equipe para cuidar do seu caso agora.",
    "Entendo a situação. Já estou passando a conversa para um atendente.",
    "Obrigado por avisar. Um colega da loja vai falar com você em instantes.",
    "Peço desculpas pelo transtorno. Vou encaminhar para quem pode resolver.",
    "Você tem razão em reclamar. Estou transferindo para o atendimento.",
    "Lamento o ocorrido. A equipe responsável vai assumir daqui.",
    "Vou te passar para uma pessoa do time, que resolve isso com você.",
    "Certo, já pedi que um atendente entre na conversa.",
)  # fmt: skip


def seller(draw: Draw) -> Case:
    """Return a customer's message and the seller's answer."""
    department = draw.any_of(DEPARTMENTS)
    products = stocked(draw, department)
    if draw.chance(0.25):
        return _as_json(draw, department, products)
    question, parts, keys = _exchange(draw, department, products)
    if draw.chance(0.12):
        products, keys = [], ()
        question = draw.say(
            ASK_FOR, good=draw.one(department.goods).lower(), use=draw.one(department.uses)
        )
        parts = [draw.say(NO_CATALOGUE), draw.say(ASK_BACK)]
    answer = " ".join(parts)
    data = _request(draw, department, products, question)
    return Case(FAMILY, "pt", data, answer, department.agent, keys=keys)


def _exchange(
    draw: Draw, department: Department, products: list[dict[str, Any]]
) -> tuple[str, list[str], tuple[str, ...]]:
    """Return a question, the sentences of its answer, and what the answer must have."""
    use = draw.one(department.uses)
    greeting = [draw.one(GREET)] if draw.chance(0.3) else []
    greeting = [text if text[-1] in "!?" else f"{text}!" for text in greeting]
    kind = draw.integer(0, 9)
    if kind <= 4:
        product = draw.any_of(products)
        question = draw.say(ASK_FOR, good=good_of(product["name"]), use=use)
        if product["stock"] == 0:
            other = next((item for item in products if item["stock"]), None)
            said = [draw.say(OUT_OF_STOCK, name=product["name"])]
            if other is None:
                return question, [*greeting, *said, draw.say(CLOSE[5:])], (product["name"],)
            return question, [*said, offer(draw, other), draw.say(CLOSE)], (price_of(other),)
        said = [offer(draw, product)]
        if use in question:
            said.append(draw.say(GOES_WITH, use=use))
        return question, [*greeting, *said, draw.say(CLOSE)], (price_of(product), product["name"])
    here = [item for item in products if item["stock"]]
    if kind <= 6 or not here:
        names = " ".join(item["name"] for item in products)
        missing = [good for good in department.goods if good not in names]
        good = draw.any_of(missing).lower()
        question = draw.say(ASK_FOR, good=good, use=use)
        said = [draw.say(HAVE_NOT, good=good)]
        if here:
            said.append(offer(draw, draw.any_of(here)))
        return question, [*said, draw.say(CLOSE)], ("não",) if "não" in said[0].lower() else ()
    cheapest = min(here, key=lambda item: float(item["price"]))
    if kind == 7:
        question = draw.say(ASK_CHEAPEST)
        return question, [*greeting, offer(draw, cheapest), draw.say(CLOSE)], (price_of(cheapest),)
    limit = brazilian_price(
        float(draw.integer(int(cheapest["price"]) + 1, int(cheapest["price"]) + 30))
    )
    limit = limit.removesuffix(",00")
    fitting = [item for item in here if item["price"] <= float(limit[3:].replace(".", ""))]
    question = draw.say(ASK_LIMIT, limit=limit)
    best = max(fitting, key=lambda item: float(item["price"]))
    return question, [*greeting, offer(draw, best), draw.say(CLOSE)], (price_of(best),)


def _as_json(draw: Draw, department: Department, products: list[dict[str, Any]]) -> Case:
    """Return a request for JSON that says whether a person has to take over."""
    reason = draw.any_of((None, None, *TROUBLES))
    equals: dict[str, Any]
    if reason is None:
        question, parts, _ = _exchange(draw, department, products)
        sentiment, intent = (
            draw.decimal(0.6, 0.9, 1),
            draw.any_of(("product_search", "price_question")),
        )
        message = " ".join(parts)
    else:
        question, message = draw.one(TROUBLES[reason]), draw.one(HAND_OVER)
        sentiment = 0.5 if reason == "customer_request" else draw.decimal(0.1, 0.3, 1)
        intent = "human_request" if reason == "customer_request" else reason
    equals = {"escalate": reason is not None, "escalation_reason": reason}
    answer = {
        "message": message,
        "intent": intent,
        "sentiment": sentiment,
        "escalate": reason is not None,
        "escalation_reason": reason,
    }
    data = _request(draw, department, products, question)
    data["response_format"] = {"type": "json_object"}
    return Case("seller_json", "pt", data, answer, department.agent, equals=equals)


def _request(
    draw: Draw, department: Department, products: list[dict[str, Any]], question: str
) -> dict[str, Any]:
    context: dict[str, Any] = {"products": products} if products else {}
    if draw.chance(0.3):
        context["customer_name"] = people(draw, 1)[0]
    if draw.chance(0.4):
        return {"message": question, **({"context": context} if context else {})}
    if draw.chance(0.4):
        past = [
            {"role": "user", "content": draw.one(("Oi!", "Bom dia", "Olá, tudo bem?",
                "Boa noite!"))},
            {"role": "assistant", "content": draw.one((
                "Olá! Em que posso ajudar?", "Oi, seja bem-vindo à loja!",
                "Oi! O que você procura hoje?", "Olá! Me conta o que precisa."))},
        ]  # fmt: skip
        return {"prompt": question, "messages": past, "context": context}
    intro = draw.one((
        "Você vende {trade} pelo WhatsApp na loja {shop}. Seja breve.",
        "Você é {name}, da loja {shop}, e atende clientes de {trade}.\nRegras:\n- frases "
        "curtas\n- português",
        "Atenda os clientes da {shop}. Seu setor é {trade}. Use poucas frases.",
        "Loja {shop}, setor de {trade}. Responda ao cliente com simpatia e clareza.",
    )).format(trade=department.trade, shop=made_up(draw), name=department.name)  # fmt: skip
    lines = [f"Sistema: {intro}"]
    if draw.chance(0.4):
        lines += [
            f"Cliente: {draw.one(('Oi', 'Olá!', 'Bom dia!', 'Boa tarde'))}",
            "Você: Oi! Como posso ajudar?",
        ]
    lines += [f"Cliente: {question}", "Você:"]
    return {"prompt": "\n\n".join(lines), **({"context": context} if context else {})}


def stocked(draw: Draw, department: Department) -> list[dict[str, Any]]:
    """Return products of a department."""
    found = []
    for good in draw.some(department.goods, 2, 4):
        name = f"{good} {draw.one(department.kinds)}"
        if draw.chance(0.5):
            name = f"{good} {made_up(draw)}"
        price = draw.integer(19, 899) + draw.any_of((0.9, 0.9, 0.0, 0.5))
        found.append(
            {
                "name": name,
                "price": price,
                "stock": draw.integer(0, 30) if draw.chance(0.2) else draw.integer(1, 30),
            }
        )
    return found


def good_of(name: str) -> str:
    """Return what a customer would call a product: its first words."""
    return name.rpartition(" ")[0].lower()


def price_of(product: dict[str, Any]) -> str:
    """Return the price of a product as Brazilians write it."""
    return brazilian_price(float(product["price"]))


def offer(draw: Draw, product: dict[str, Any]) -> str:
    """Return a sentence that offers a product at its price."""
    return draw.say(HAVE, name=product["name"], price=price_of(product))
