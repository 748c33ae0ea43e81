"""What the shipped profiles answer where the model's answer fails their rules."""

from __future__ import annotations

import json
from typing import Any

import pytest

from function.backends.base import Tokens
from function.deadline import Deadline
from function.pipeline.intake import read_request
from function.profiles.registry import shipped_profiles
from function.reflection.answer import Outcome
from function.reflection.loop import ReflectionLoop
from tests.scripted import ScriptedModel

TEA = {"name": "Chá Verde Serra", "description": "Chá Verde Serra", "price": 24.9, "stock": 3}
CUP = {"name": "Caneca Azul", "description": "Caneca Azul", "price": 39.0, "stock": 0}
POT = {"name": "Bule de Ferro", "description": "Bule de Ferro", "price": 189.9, "stock": 2}
SHOP = {"products": [TEA, CUP, POT]}
OFFER = "O produto Chá Verde Serra sai por R$ 24,90. Quer que eu separe para você?"


def run(agent: str, said: Any, **data: Any) -> Outcome:
    request = read_request({"agent": agent, **data}, None, shipped_profiles()).request
    text = said if isinstance(said, str) else json.dumps(said)
    return ReflectionLoop(request, ScriptedModel([text]), Deadline.after(60), 1).run()


def broken(outcome: Outcome) -> list[str]:
    return [check.name for check in outcome.checks if not check.passed]


SELLERS = [
    ("Quero falar com um atendente!", SHOP, OFFER, "Claro! Vou chamar uma pessoa da nossa equipe"),
    ("Minha caneca veio quebrada", SHOP, OFFER, "Sinto muito pelo transtorno. Vou chamar uma"),
    ("Oi, tudo bem?", SHOP, OFFER, "Olá! Que bom falar com você."),
    ("Hello World", {}, "Não tenho dados sobre isso aqui.", "Olá! Que bom falar com você."),
    ("Muito obrigada!", SHOP, OFFER, "De nada!"),
    ("ai que fofo, obrigada! vou pensar", SHOP, OFFER, "De nada!"),
    ("Quanto custa o bule?", SHOP, OFFER, "Temos sim: Bule de Ferro, por R$ 189,90."),
    ("Tem caneca azul?", SHOP, OFFER, "No momento, Caneca Azul está sem estoque."),
    ("Tem chá até R$ 30?", SHOP, "Temos o Bule de Ferro.", "Temos sim: Chá Verde Serra, por R$ 24"),
    ("Qual o mais em conta?", SHOP, "Temos o Bule de Ferro.", "Temos sim: Chá Verde Serra, por"),
    ("O chá serve para gestantes?", SHOP, OFFER, "Sobre Chá Verde Serra, ainda não tenho essa"),
    ("O bule combina com o quê?", SHOP, OFFER, "Bule de Ferro combina com muita coisa!"),
    ("Vocês vendem geladeira?", SHOP, OFFER, "Não encontrei exatamente isso no nosso catálogo."),
    ("Quero um presente", SHOP, "Bule de Ferro. Sim.", "Posso sugerir estas opções para você: Chá"),
    ("Quanto custa o bule?", {}, "O bule sai por aqui.", "Ainda não tenho essa informação aqui"),
    (
        "Tem bule?",
        {"customer_id": "c-7"},
        "Vou confirmar com a equipe, por que vou verificar o bule?",
        "Ainda não tenho essa informação aqui",
    ),
    ("Quero meu dinheiro, veio errado", SHOP, OFFER, "Sinto muito pelo transtorno."),
    (
        "Vocês vendem luva?",
        SHOP,
        "Não, a luva sai por R$ 24,90.",
        "Não encontrei exatamente isso no nosso",
    ),
    (
        "Levo o bule ou o chá?",
        SHOP,
        OFFER,
        "Temos estas opções: Chá Verde Serra, por R$ 24,90 e Bule de Ferro, por R$ 189,90. Qual",
    ),
    (
        "Tem desconto no pix?",
        {**SHOP, "pagamento": {"pix_desconto": "7 %"}},
        "Para você, o desconto no pix está em R$ 24,90.",
        "No Pix, o desconto é de 7 %.",
    ),
    (
        "Em quantas vezes dá para parcelar?",
        {**SHOP, "pagamento": {"parcelas_sem_juros": 4}},
        "Para vocês, parcelas_sem_juros é R$ 4.",
        "Dá para parcelar em até 4 vezes sem juros.",
    ),
    (
        "Preciso de 50 canecas para a empresa",
        SHOP,
        OFFER,
        "Que bom! Para um pedido assim, vou chamar",
    ),
    (
        "Tem bule?",
        SHOP,
        "Não há bule para você. Bule de Ferro custa R$ 189,90.",
        "Temos sim: Bule de",
    ),
    ("Quem fabrica o bule?", SHOP, OFFER, "Sobre Bule de Ferro, ainda não tenho essa"),
    ("Tem chá?", SHOP, "Chá Verde Serra, R$ 24,90.", "Temos sim: Chá Verde Serra, por R$ 24"),
    (
        "Quero o mais barato",
        {"products": [{**CUP, "price": 9.0}, TEA]},
        "Caneca Azul sai por R$ 9,00.",
        "Temos sim: Chá Verde Serra, por R$ 24,90.",
    ),
]


@pytest.mark.parametrize(("asked", "context", "said", "answer"), SELLERS)
def test_a_seller_says_what_is_known(
    asked: str, context: dict[str, Any], said: str, answer: str
) -> None:
    found = run("ai-seller-home", said, prompt=asked, context=context)
    assert found.answer.startswith(answer), found.answer
    assert found.withheld == said
    assert broken(found) == []


def test_a_seller_says_who_it_is() -> None:
    system = "Você é SOFIA, consultora de casa da loja Sol.\n\nREGRAS:\n1. Educada"
    found = run("ai-seller-home", "Isso consta na loja.", prompt="Oi, quem é você?", system=system)
    assert found.answer == "Sou SOFIA, consultora de casa da loja Sol."
    assert broken(found) == []


def test_a_good_message_of_a_json_answer_stays() -> None:
    message = "Claro! Vou chamar uma pessoa da nossa equipe para ajudar você, só um instante."
    said = {
        "message": message,
        "intent": "customer_request",
        "sentiment": 0.5,
        "escalate": True,
        "escalation_reason": "customer_request",
    }
    asked = "Quero falar com um atendente!"
    found = run("ai-seller-home", said, prompt=asked, context=SHOP, json_format=True)
    assert broken(found) == []


def test_of_products_spoken_of_the_cheaper_one_is_meant() -> None:
    talk = [
        {"role": "user", "content": "Tem bule ou caneca?"},
        {"role": "assistant", "content": "Temos o Bule de Ferro e a Caneca Azul!"},
    ]
    said = "Dos dois, a Caneca Azul sai mais em conta, por R$ 39,00. Vamos fechar?"
    asked = "Qual tem o preço mais baixo?"
    found = run("ai-seller-home", said, prompt=asked, messages=talk, context=SHOP)
    assert (found.answer, broken(found)) == (said, [])


def test_an_alert_without_a_message_is_given_by_its_fields() -> None:
    context = {"alerts": [{"name": "DiskFull", "job": "wiki"}, {"name": "CertOld", "job": "mail"}]}
    said = "Há um alerta aberto: **DiskFull** em wiki."
    found = run("agent-bruno", said, prompt="como está wiki?", context=context)
    assert (found.answer, broken(found)) == (said, [])


def test_a_follow_up_is_about_what_was_spoken_of() -> None:
    talk = [
        {"role": "user", "content": "Tem bule?"},
        {"role": "assistant", "content": "Temos o Bule de Ferro!"},
    ]
    found = run("ai-seller-home", OFFER, prompt="E quanto custa ele?", messages=talk, context=SHOP)
    assert found.answer.startswith("Temos sim: Bule de Ferro, por R$ 189,90.")


@pytest.mark.parametrize(
    ("asked", "context", "said"),
    [
        ("Tem chá?", SHOP, "Temos o Chá Verde Serra por R$ 24,90, ótimo para você relaxar!"),
        ("Oi!", SHOP, "Oi! Como posso ajudar você hoje?"),
        ("Tem chá?", {}, "Vou confirmar com a equipe e já falo com você sobre o chá."),
        ("Vocês vendem geladeira?", SHOP, "Não temos geladeira na loja, mas posso ajudar você?"),
        ("Parcelam em quantas vezes?", {**SHOP, "parcelas": 6}, "Parcelamos em 6 vezes para você!"),
        ("Tem caneca azul?", SHOP, "A Caneca Azul está esgotada, mas posso ajudar você com outra."),
        ("Quero reclamar", SHOP, "Que pena! Vou encaminhar você para uma pessoa da equipe."),
        ("Quero reclamar", SHOP, "Peço desculpas. Vou encaminhar para quem pode resolver."),
        ("Tem chá?", {}, "Antes de responder, vou olhar o catálogo. Tem preferência de cor?"),
        ("Quanto custa o bule?", SHOP, "O preço de Bule de Ferro é R$ 189,90. Vamos fechar?"),
        (
            "Vocês vendem geladeira?",
            SHOP,
            "Não temos geladeira. O Bule de Ferro sai por R$ 189,90.",
        ),
        (
            "Certo. E bule?",
            SHOP,
            "Sim, Bule de Ferro está disponível por R$ 189,90. Posso separar?",
        ),
        ("Posso levar a caneca?", SHOP, "Caneca Azul acabou. Posso oferecer o chá."),
        ("O bule está caro. Tem algo mais barato?", SHOP, "Temos Chá Verde Serra por R$ 24,90."),
        ("Só tenho R$ 9, dá para levar algo?", SHOP, "Por R$ 9 não tenho nada, posso ajudar?"),
        ("Quanto pesa o bule?", SHOP, "Esse detalhe não consta para mim, vou conferir."),
    ],
)
def test_a_good_answer_stays(asked: str, context: dict[str, Any], said: str) -> None:
    found = run("ai-seller-home", said, prompt=asked, context=context)
    assert (found.answer, found.withheld) == (said, None)


def test_a_seller_s_json_escalates_with_its_reason() -> None:
    answer = {
        "message": "Temos o Chá Verde Serra por R$ 24,90 para você.",
        **{"intent": "complaint", "sentiment": 0.1, "escalate": False, "escalation_reason": None},
    }
    asked = {"prompt": "Fui cobrada duas vezes!", "response_format": {"type": "json_object"}}
    data = run("ai-seller-tech", answer, context=SHOP, **asked).data
    assert data["escalate"] is True
    assert data["escalation_reason"] == "payment_issue"
    assert data["message"].startswith("Sinto muito pelo transtorno.")


DEFAULTS: dict[str, dict[str, Any]] = {
    "host-maximilian": {
        **{"action": "seat", "greeting": "Good evening, your table is ready.", "guestId": "g1"},
        **{"tableId": None, "isVip": True, "partySize": 2, "waitMinutes": None},
        **{"specialInstructions": None, "emotion": "warm"},
    },
    "waiter-pierre": {
        **{"action": "recommend", "tableId": "t1", "message": "I warmly suggest our soup tonight."},
        "presentation": {
            **{"opening": "Good evening.", "story": "Made fresh today."},
            **{"instruction": "Enjoy it hot.", "closing": "Bon appetit."},
        },
        "emotion": "warm",
    },
    "chef-marco": {
        **{"action": "receive_ticket", "ticketId": "T-9", "dish": "Soup", "station": "saute"},
        **{"estimatedMinutes": 9, "qualityStatus": "perfect", "message": "It is ready to go."},
        "priority": "normal",
    },
    "sommelier-isabella": {
        **{"action": "recommend", "tableId": "t1", "emotion": "thoughtful"},
        "wine": {
            **{"name": "Alba", "vintage": "2001", "region": "Dão", "price": 40, "byGlass": True}
        },
        "pairing": {"dish": "Duck", "reason": "A recipe that our kitchen learnt at home."},
        "description": "Our Bruma is a fine choice for tonight.",
    },
}
WINES = [
    {"name": "Alba", "vintage": 2020, "region": "Dão", "price_bottle": 40, "price_glass": 9},
    {"name": "Bruma", "vintage": 2018, "region": "Minho", "price_bottle": 55},
]


@pytest.mark.parametrize(
    ("agent", "prompt", "context", "expected"),
    [
        (
            *("host-maximilian", "The guests are here.", {"guestId": "g1", "partySize": 2}),
            {"action": "greet", "isVip": False, "tableId": None},
        ),
        (
            *("waiter-pierre", "How long does the soup take?", {"tableId": "t1"}),
            {
                "action": "inform",
                "message": "How long does the soup take? "
                "I will ask the kitchen and come straight back.",
            },
        ),
        (
            "waiter-pierre",
            "What do you have without nuts?",
            {"menu": [{"name": "Leek Pie"}, {"name": "Nut Roast"}, {"name": "Bean Stew"}]},
            {"message": "Today we have Leek Pie and Bean Stew. What may I bring you?"},
        ),
        (
            "waiter-pierre",
            "Confirm the order.",
            {"orderId": "o1", "items": [{"dish": "Soup", "quantity": 2}, {"dish": "Pie"}]},
            {
                "message": "Thank you. I have noted 2 Soup and Pie. "
                "The order goes to the kitchen now."
            },
        ),
        (
            "chef-marco",
            "Tell the kitchen.",
            {"ticketId": "T-9", "dish": "Soup", "change": "no cream", "reason": "allergy"},
            {
                "action": "alert",
                "message": "Attention, a change to Soup: no cream, ticket T-9 (allergy).",
            },
        ),
        (
            *(
                "chef-marco",
                "Mind it.",
                {"ticketId": "T-9", "dish": "Soup", "dietary": ["no nuts"]},
            ),
            {"message": "Attention, chefs: no nuts for Soup, ticket T-9."},
        ),
        (
            *("sommelier-isabella", "A wine for the duck, please.", {"wines": WINES}),
            {
                "wine": {
                    **{"name": "Alba", "vintage": "2020", "region": "Dão"},
                    **{"price": 40, "byGlass": False},
                },
                "description": "Alba 2020 is a wine from Dão, at 40 the bottle.",
            },
        ),
    ],
)
def test_a_role_s_fields_follow_from_the_facts(
    agent: str, prompt: str, context: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = run(agent, DEFAULTS[agent], prompt=prompt, context=context)
    assert {key: found.data[key] for key in expected} == expected
    assert broken(found) == []


@pytest.mark.parametrize(
    ("prompt", "context", "said", "answer"),
    [
        (
            *(
                "Is there a critical alert?",
                {"notifications": ["CRITICAL alert on node n4: 3 disks"]},
            ),
            *("I cannot see any readings.", "Yes: CRITICAL alert on node n4: 3 disks."),
        ),
        ("oi, tudo bem?", {}, "Não tenho dados.", "Olá! Sou o Bruno, o assistente deste homelab."),
        ("Hi! What can you help me with?", {}, "I am not sure.", "I answer questions about this"),
        ("How many pods are running?", {}, "There are 12 pods.", "I have no data on that here."),
    ],
)
def test_the_chatbot_gives_notices_and_greetings_and_invents_no_reading(
    prompt: str, context: dict[str, Any], said: str, answer: str
) -> None:
    found = run("agent-bruno", said, prompt=prompt, context=context)
    assert found.answer.startswith(answer)
    assert broken(found) == []


@pytest.mark.parametrize(
    ("summary", "recommended", "metrics", "passes"),
    [
        ("The disk is nearly full.", "Grow the volume.", {"a_fs_used_ratio": 0.98}, True),
        ("The pods keep restarting.", "Read the log.", {"restarts_total": 12}, True),
        ("Memory is nearly full.", "Look for a leak.", {"heap_used_ratio": 0.98}, True),
        ("The CPU is nearly used up.", "Add replicas.", {"cpu_utilization": 0.98}, True),
        ("Calls are slow.", "Profile the slowest calls.", {"response_time_p90": 8.8}, True),
        ("Memory is nearly full.", "Look for a leak.", {"cpu_utilization": 0.98}, False),
        ("The pods keep restarting.", "Read the log.", {"cpu_utilization": 0.98}, False),
    ],
)
def test_a_metric_is_named_in_other_words(
    summary: str, recommended: str, metrics: dict[str, float], passes: bool
) -> None:
    answer = {
        **{"status": "Warning", "score": 0.7, "summary": summary},
        "findings": [f"{name} is {value}, high" for name, value in metrics.items()],
        "recommendations": [recommended],
    }
    found = run("agent-sre", answer, prompt="Report it.", context={"metrics": metrics})
    assert (found.data["summary"] == summary) is passes


def test_a_report_s_summary_is_about_its_metrics() -> None:
    answer = {
        **{"status": "Critical", "score": 0.2, "summary": "Too many calls fail in the store."},
        "findings": ["store:health:score is 0.2, low", "cpu_utilization is 0.97, high"],
        "recommendations": ["Find the failing calls in the logs."],
    }
    metrics = {"store:health:score": 0.2, "cpu_utilization": 0.97}
    found = run("agent-sre", answer, prompt="Report the store.", context={"metrics": metrics})
    assert found.data["summary"].startswith("Critical: store:health:score is 0.2, low;")
    assert found.data["recommendations"] == ["Look into cpu_utilization first, then report again."]
    assert found.tokens != Tokens()


def test_a_report_calls_only_an_empty_metric_missing() -> None:
    metrics = {"mq:health:score": 0.6, "mq:queue_depth:total": None, "mq:publish_latency:p95": 4.1}
    answer = {
        **{"status": "Warning", "score": 0.6, "summary": "The queue is slow."},
        "findings": ["mq:health:score is 0.6, low", "mq:queue_depth:total is missing"],
        "recommendations": ["Find out why queue_depth has no value."],
    }
    found = run("agent-sre", answer, prompt="Report mq.", context={"metrics": metrics})
    assert found.data["recommendations"] == answer["recommendations"]
    answer["recommendations"] = ["Find out why publish_latency has no value."]
    found = run("agent-sre", answer, prompt="Report mq.", context={"metrics": metrics})
    assert found.data["recommendations"][0].startswith("Look into mq:")


def test_only_a_healthy_report_says_that_nothing_is_wrong() -> None:
    metrics = {"mq:health:score": 0.6, "mq:publish_latency:p95": 4.1}
    answer = {
        **{"status": "Warning", "score": 0.6, "summary": "Mq works as it should."},
        "findings": ["mq:health:score is 0.6, low", "mq:publish_latency:p95 is 4.1"],
        "recommendations": ["Profile the slowest calls."],
    }
    found = run("agent-sre", answer, prompt="Report mq.", context={"metrics": metrics})
    assert found.data["summary"].startswith("Warning: mq:health:score is 0.6, low;")


def test_metrics_without_a_value_are_no_health() -> None:
    metrics = {"mq:health:score": None, "mq:queue_depth:total": None}
    answer = {
        **{"status": "Healthy", "score": 0.9, "summary": "Mq is healthy."},
        "findings": ["mq:health:score is missing", "mq:queue_depth:total is missing"],
        "recommendations": ["No action is needed."],
    }
    context = {"component": "mq", "metrics": metrics}
    found = run("agent-sre", answer, prompt="Report mq.", context=context)
    assert (found.data["status"], found.data["score"]) == ("Warning", 0.5)
    assert found.data["summary"] == "No metric of mq has a value: its health is unknown."


def test_the_chef_s_alert_keeps_the_words_of_the_one_who_saw_it() -> None:
    asked = "The fryer broke down, the fries will not be ready for 20 minutes"
    context = {"dish": "Steak Frites", "ticketId": "T-5", "dietary": ["no salt"]}
    found = run("chef-marco", {"message": "Fries later."}, prompt=asked, context=context)
    said = json.loads(found.answer)
    assert said["action"] == "alert"
    assert said["message"] == f"Attention, floor: {asked}. Mind: no salt"
    assert not any(name.startswith("rule:") for name in broken(found))


EVENTS = [
    ("host-maximilian", {"tableId": "t-2", "rating": 4}, {"action": "farewell"}),
    ("host-maximilian", {"tableId": "t-2", "billPaid": False}, {"action": "seat"}),
    ("chef-marco", {"ticketId": "T-7", "dish": "Paella", "remark": "rice burnt below"},
     {"action": "quality_check", "qualityStatus": "redo",
      "message": "Redo Paella, ticket T-7: rice burnt below"}),
    ("chef-marco", {"ticketId": "T-7", "dish": "Paella", "allergies": ["egg"]},
     {"action": "alert", "message": "Attention, chefs: allergy to egg for Paella, ticket T-7."}),
    ("chef-marco", {"ticketId": "T-7", "items": [{"dish": "Paella", "quantity": 2}]},
     {"action": "receive_ticket"}),
    ("chef-marco", {"ticketId": "T-7", "status": "overdue"},
     {"action": "alert", "message": "Attention, floor: T-7: overdue"}),
    ("waiter-pierre", {"tableId": "t-2", "dish": "Paella", "wine": "Rioja"},
     {"action": "inform", "message": "Rioja goes well with Paella. May I bring it?"}),
    ("sommelier-isabella", {"tableId": "t-2", "wine": "Rioja"},
     {"action": "pour", "description": "Rioja, as you chose. I will pour it now."}),
]  # fmt: skip


@pytest.mark.parametrize(("agent", "event", "wanted"), EVENTS)
def test_the_data_of_an_event_decide_without_a_message(
    agent: str, event: dict[str, Any], wanted: dict[str, Any]
) -> None:
    said = json.loads(run(agent, {"action": "greet-not"}, **event).answer)
    assert {name: said[name] for name in wanted} == wanted


PAELLA = [{"name": "Paella", "price": 30, "allergens": ["molluscs"], "wine_pairing": "Rioja"}]
WAITER = [
    ("Could we pay, please? The bill.", "Of course. I will bring the bill at once."),
    ("The paella is cold.", "I am so sorry. I will take it back to the kitchen"),
    ("Thank you, what a lovely evening!", "Thank you so much."),
    ("What is in the paella?", "Paella contains molluscs. I will ask the kitchen"),
    ("Which wine goes with the paella?", "Rioja goes well with Paella."),
    ("A conta, por favor.", "Claro! Já trago a conta."),
]


@pytest.mark.parametrize(("asked", "start"), WAITER)
def test_the_waiter_answers_what_is_no_order(asked: str, start: str) -> None:
    found = run("waiter-pierre", {"action": "x"}, prompt=asked, context={"menu": PAELLA})
    assert json.loads(found.answer)["message"].startswith(start)


@pytest.mark.parametrize(
    ("asked", "start"),
    [
        ("Is the mousse gluten free? I am celiac.", "I will ask the kitchen what is in each dish"),
        ("O mousse tem lactose?", "Vou perguntar à cozinha o que vai em cada prato"),
    ],
)
def test_without_a_menu_no_dish_is_called_free_of_anything(asked: str, start: str) -> None:
    said = {"action": "recommend", "message": "Our mousse is just right for you."}
    found = json.loads(run("waiter-pierre", said, prompt=asked).answer)
    assert found["action"] == "inform" and found["message"].startswith(start)


def test_the_first_who_fits_gets_the_free_table() -> None:
    waiting = [{"guestId": "g-5", "partySize": 5}, {"guestId": "g-2", "partySize": 2}]
    context = {"tableId": "t-1", "waiting": waiting, "tables": [{"id": "t-1", "capacity": 2}]}
    found = run("host-maximilian", {"action": "x"}, prompt="Seat who waits.", context=context)
    said = json.loads(found.answer)
    assert (said["guestId"], said["partySize"], said["action"]) == ("g-2", 2, "seat")


def test_a_party_larger_than_every_table_hears_it() -> None:
    context = {"partySize": 9, "tables": [{"id": "t-1", "capacity": 4}]}
    asked = "Do you have a table for nine?"
    found = run("host-maximilian", {"action": "x"}, prompt=asked, context=context)
    said = json.loads(found.answer)
    assert said["greeting"].startswith("Welcome. We have no single table for 9;")


CHATS = [
    ("How do I add a file to MinIO?", "MinIO stores files as objects in buckets. To use it, open"),
    ("What is RabbitMQ?", "RabbitMQ passes messages on through queues."),
    ("Como uso o Grafana?", "Grafana mostra as métricas em painéis. Para usar, abra"),
    ("How do I water a cactus?", "I have no text on that here"),
    ("How can I see the memory of the nodes?", "I have no data on that here. You can see it in"),
    ("Is the stage ready right now?", "I cannot see that from here"),
    ("Thanks for the quick help, I'll try it.", "You're welcome!"),
]


@pytest.mark.parametrize(("asked", "start"), CHATS)
def test_the_chatbot_explains_a_service_or_says_that_it_cannot(asked: str, start: str) -> None:
    found = run("agent-bruno", "You look for the Kafka server.", prompt=asked)
    assert found.answer.startswith(start) and broken(found) == []


def test_the_chatbot_keeps_an_explanation_of_the_service() -> None:
    said = "RabbitMQ is a broker: services put messages into its queues and others read them."
    assert run("agent-bruno", said, prompt="What is RabbitMQ?").answer == said
