"""Patterns of sentences that give orders to the model that reads them.

They match folded text, in English and Portuguese; the commonest verbs also in Spanish, German,
French, Italian and Dutch. Texts in capitals are fragments that the compiled patterns are made of.
"""

from __future__ import annotations

import re

_ONE_WORD = """
ignor disregard forget overrid bypass asked asks pergunt reading lendo desconsider esquec esqueç
anul desprez despres descart assist model llm classif agent system sistema robo robô gpt machine
reader leitor answer reply repli respon output print return write escrev imprim devolv retorn
repeat repit choose select pick opte prefer prefir decide escolh selec mark label categor record
flag assign rotul rótul etiquet trate trata tell inform recom mention pretend promise promet
whoever anyone anybody anything quem oferec defin coloqu mude alter preench marqu registr
regardless whatever independe instruc instruç finja jailbreak < [inst [/inst ### anweisung
antwort wahle wähle consigne repon répon chois istruzion rispond scegl eleg elij elige escog
olvid dimentic negeer vergeet vergiss oublie kies choice opc opçao opção option verdict veredi
decision rule regra correct corret final always sempre must deve
"""
STEMS = (
    *_ONE_WORD.split(),
    *("pay no", "do not follow", "don't follow", "stop following", "nao sig", "não sig", "pare de"),
    *("opt ", "end of", "fim d", "no matter", "qualquer que", "seja qual", "nao importa"),
    *("não importa", "from now on", "a partir de agora", "you are now", "act as", "voce agora"),
    *("você agora", "aja como", "developer mode", "should be", "not change", "summari", "respost"),
)
"""Every order has one of these, or of :data:`SHORT_WORDS`, in small letters. They are looked for
first: one after the other they take a tenth of a pattern's time."""
SHORT_WORDS = re.compile(
    r"\b(?:ai\b|ia\b|say|diga|emit|set\b|tag|file\b|route|treat|reports?\b|relate|state\b|book|give|"
    r"offer|rate\b)|bot\b"
)
_CLAUSE_START = (
    r"(?:^|[.:;,!?(\[{\"'*>–—|-]\s*|\b(?:please|kindly|just|now|then|and|instead|simply|always|only|"
    r"must|should|shall|will|have to|need to|got to|are to|por favor|agora|entao|e|deve|devem|"
    r"precisa|tem que|tem de|sempre|apenas|somente|favor|para|bitte|por fin)\s+)"
)
_EARLIER = (
    r"(?:instructions?|directions?|directives?|rules?|prompts?|guidelines?|orders given|"
    r"(?:the |all |everything |anything |what(?:ever)? )?(?:stands? |is |was |came |comes )?"
    r"(?:above(?! \d)|before this|previous|prior)|preceding|foregoing|"
    r"everything (?:else|above(?! \d)|before)|all (?:else|of the above)|system (?:message|prompt)|"
    r"what (?:you were|you have been|i) "
    r"(?!ordered|booked|bought)\w+|the rest of|"
    r"the (?:facts|question|context|schema|format|alert|labels?|task|options)|"
    r"instruc(?:oes|ao|ciones|cion)|regras?|reglas?|ordens|orientac(?:oes|ao)|diretrizes|"
    r"tudo (?:o que(?! (?:eu )?(?:pedi|comprei|reservei))|acima|antes)|"
    r"o que (?:foi|veio|esta|vem|disser\w+|te \w+)|os fatos|a pergunta|"
    r"o (?:resto d[aeo]|alerta|contexto|formato|texto)|acima(?! de \d)|"
    r"anterior(?:es|mente)?|todo lo|lo anterior|"
    r"anweisung\w*|regeln|alles|consignes?|regles?|tout ce|istruzioni|regole|instructies|regels)"
)
_OWN_CASE = (
    r"(?:my|minha|meu|nosso|nossa|our)\s+(?:\w+\s+){0,2}(?:message|e-?mails?|mail|call|order|ticket|"
    r"request|note|complaint|question|text|mensagem|ligacao|pedido|chamado|solicitacao|pergunta)|"
    r"(?:o|a|the|previous|last|ultim[oa])\s+(?:\w+\s+){0,1}(?:message|e-?mail|order|ticket|request|"
    r"invoice|appointment|pedido|chamado|mensagem|solicitacao|fatura|consulta|boleto)|"
    r"(?:all |the |any |tod[ao]s (?:[ao]s )?|[ao]s )?(?:(?:previous|prior|earlier) )?"
    r"(?:alerts|alarms|invoices|appointments|bookings|reservations|e-?mails|alertas|alarmes|faturas|"
    r"consultas|boletos|reservas)"
)
_OVERRULES = (
    rf"{_CLAUSE_START}(?:ignor(?:e|a|em|ar|iere?|iert|ez)|disregard|forget|override|bypass|"
    r"pay no attention to|do not follow|don'?t follow|stop following|desconsider(?:e|a|em|ar)|"
    r"esque(?:ca|ce|cam|cer)|anul(?:e|a)|desprez(?:e|a|em)|descart(?:e|a)|nao sig(?:a|am)|"
    r"pare de seguir|olvid(?:a|e|en)|"
    r"vergiss|vergessen sie|missachte\w*|oubliez?|dimentica(?:te)?|negeer|vergeet)\b"
    rf"(?!\s+(?:{_OWN_CASE})).{{0,40}}?\b{_EARLIER}\b"
)
_INPUT = (
    r"(?:questions?|facts?|prompt|instructions?|input|context|texts?|messages?|tickets?|case|"
    r"customer|user|alert|request|content|rest|data|reason|pergunta|fatos?|instruc\w+|contexto|"
    r"texto|mensagem|chamado|caso|cliente|usuario|alerta|pedido|conteudo|resto|dados|motivo)"
)
_BRINGS_RULES = (
    r"\b(?:new|updated|real|actual|true|secret|hidden|nov[ao]s?|verdadeir[ao]s?|nuev[ao]s?|neue) "
    r"(?:system |admin )?(?:instructions?|task|prompt|directives?|instruc(?:oes|ao|ciones)|"
    r"tarefa|anweisung\w*)(?: from \w+(?: \w+)?| for you| para voce)?\s*:|"
    r"\b(?:system|admin(?:istrator)?|developer|root|operator|sistema|administrador) "
    r"(?:prompt|override|instructions?|instruc\w+)\b|\bdeveloper mode\b|\bjailbr|"
    r"\bmodo (?:desenvolvedor|administrador)\b|"
    r"\byou are now (?:an? )?(?:(?:different|new|free|unrestricted|in|developer|admin) )*"
    r"(?:dan|unrestricted|assistant|ai|model|bot|developer|admin|free (?:of|from)|\w+ mode)\b|"
    rf"{_CLAUSE_START}(?:pretend|act|behave) (?:that you|to be|as if|as an?|like an?) |"
    r"\bvoce agora e\b|\b(?:finja|aja como|comporte-se como)\b|"
    r"\b(?:from now on|a partir de agora|de agora em diante|ab jetzt|desde ahora)\b,?\s*"
    r"(?:you |voce |please |sempre |always |only |must |will |shall |should |deve |vai |so |"
    r"apenas )*(?:(?:(?:every|each|all|any|todo|toda|todos|todas|cada)\s+\w+(?:\s\w+)?|"
    rf"(?:the|o|a)\s+(?:{_INPUT}|answer|status|category|label|resposta|categoria)) "
    r"(?:is|are|equals|means|e|sao|vale)\b|"
    r"(?:answer|respond|reply|say|output|choose|pick|select|classify|label|set|write|report|rate|"
    r"respond[ae]\w*|diga|dizer|escolh\w+|classifi\w+|marque|antworte)\b)|"
    r"\bif you are (?:an? )?(?:ai|llm|(?:language )?model|assistant|bot|machine)\b|"
    r"\bse voce (?:e|for) (?:uma? )?(?:ia|modelo|assistente|robo)\b"
)
_WHATEVER = (
    rf"\b(?:whatever|no matter what|regardless of|irrespective of|independent(?:ly)? of) "
    rf"(?:what |how )?(?:the |else |any |all |this |other )*{_INPUT}\b|"
    r"\b(?:qualquer que seja|sejam? (?:qual|quais) for(?:em)?|independente(?:mente)? d[aeo]s?|"
    rf"nao importa (?:qual|o que|quem)?)\s*(?:[ao]s? |d[ao]s? |esta? |seja |diga )*{_INPUT}\b"
)
_READER = (
    r"(?:a\.?i\.?s?|assistants?|(?:language |ai )?models?|llms?|(?:chat ?)?bots?|classifiers?|"
    r"(?:ai |virtual )agents?|i\.?a\.?|assistentes?|asistente|modelos?(?: de linguagem)?|robos?|"
    r"classificador(?:a|es)?|gpt|chatgpt|machine reading this|system reading this|"
    r"(?:whoever|whatever|any\w*|quem) (?:reads|processes|classifies|sorts|rates|triages|labels|"
    r"le|processa|classifica) "
    r"(?:this|it|isto|isso|este \w+))"
)
_SPEAKS_TO_READER = (
    r"\b(?:note|notes|message|memo|reminder|hint|attention|attn|dear|hello|hey|hi|to|for|p\.?s\.?|"
    r"instructions?|directive|order|aviso|nota|mensagem|recado|lembrete|instruc\w+|atencao|"
    r"car[oa]|ola|oi|para|ao|a)\b[\s:,]{1,3}(?:(?:to|for|para|ao?|aos|as|do|da|the|any|all|every|"
    r"whichever|this|your|o|a|os|qualquer|tod[oa]s?|este|esta)\s+){0,3}"
    rf"{_READER}(?=\s*(?:[:;,.!)–—-]|$|reading|processing|que|who|which|only))|"
    rf"(?:^|[;.(\"'“–—-]\s{{0,3}})\W{{0,3}}(?:the\s+|o\s+|a\s+|attention\s+)?"
    rf"(?!models?\b|modelos?\b){_READER}\s*[:,–—-]|"
    r"\b(?:note|message|nota|aviso|recado) (?:to|for|para o|ao) (?:the )?"
    rf"(?:system|sistema)\s*:|\b{_READER} (?:must|should|shall|have to|need to|devem|precisam)\b|"
    rf"\b(?:the|any|this|a|o|um|uma|este) {_READER} (?:must|should|shall|has to|is to|needs to|"
    r"deve|precisa|tem que|tem de)\b|\bas an? (?:ai|assistant|llm|language model|bot),? you\b|"
    r"\b(?:dear|hey|hello|hi) (?:ai|assistant|model|bot|classifier)\b"
)
_ROLE = rf"(?:{_READER}|system|sistema|prompt|admin(?:istrator|istrador)?)"
_DIRECTS = (
    r"(?:say|tell|inform|recommend|mention|pretend|promise|answer|reply|respond|respond[ae]r?|diga|"
    r"dizer|informe|recomende|recomendar|mencione|prometa|finja|choose|pick|select|escolh(?:a|er))"
)
_ANYTHING = r"(?:always|only|all|every\w*|any\w*|that|this|so|sempre|so|apenas|tod[ao]s?|que|isso)"
ASIDE = re.compile(
    rf"[(\[{{'\"“‘]\s*(?:\w+ (?:to|for|para|ao) (?:the |any |all |every |o |a |os )?)?{_ROLE}s?"
    r"\s*(?:[:,](?!\s*[\w'’]+\s*[)\]}])|must|should|deve)|"  # "(assistant: Bea)" is a name
    r"[(\[]\s*(?:[\w'’ ]{1,24}:\s*)?(?:please |por favor |favor )?"
    rf"(?:{_DIRECTS}\b(?:[^()]{{0,20}}\b)?{_ANYTHING}\b|"
    r"(?:use|give|offer|report|oferec[ae]|d[ae]|use|informe)\s+"
    r"(?:that|it as|(?:to )?(?:all|every\w*|any\w*)|always|for free|sempre|a todos|de graca)\b)"
)
"""Words in brackets or quotes that speak to a model, or have something said."""
LABELLED_ORDER = re.compile(
    r"[(\[](?!\s*(?:note|nota|obs|tip|dica|warning|care|dose|dosage|storage)\s*:)[\w'’ ]{1,30}:\s*"
    rf"(?:always |please |also |sempre |also )*(?:{_DIRECTS}|mark|set|report|print|write|book|give|"
    r"use|ignore|label|classify|rate|offer|marque|defina|relate|ofereca|use|ignore)\b"
)
"""An order in brackets behind the name of whom it is for."""
SYSTEM_NOTICE = re.compile(
    r"\b(?:system|admin(?:istrator)?|developer|root|operator|sistema|administrador) "
    r"(?:message|mode|notice|mensagem)\b|\b(?:mensagem|aviso) do (?:sistema|administrador)\b|"
    r"\boverride\s*(?:=|:|mode)"
)
"""What logs of machines have as well, where no order stands behind it."""
_IF_ASKED = re.compile(
    r"\b(?:if|when|whenever|se|quando)\s+(?:\w+ ){0,2}(?:asked|asks|perguntad[oa]s?|pergunt\w+)\b"
    r"(?! at the (?:door|desk|gate|counter|reception|entrance)| na (?:portaria|recepcao|entrada))"
    r"[^.!?]{0,60}?\b(?:answer|say|reply|respond|tell|state|respond[ae]|diga|informe)\b"
)
TO_MACHINE = re.compile(
    r"\b(?:software|system|program|tool|machine|model|ai|bot|one|person|sistema|programa|modelo) "
    r"(?:that(?:'s| is)? |which |que )?(?:is |esta )?(?:reading|processing|reads|processes|lendo|"
    r"le) (?:this|isto|isso)\b"
)
"""What a report of a fault says as well, where no order stands behind it."""
TO_READER = re.compile(
    r"\b(?:whoever|whatever|any(?:one|body|thing)?(?: who| that)?|quem)\s+(?:reads?|processes|is "
    r"reading|summari[sz]es|answers|le|ler|processar?|responder?)\s*(?:this|it|isto|isso)?\s*[:,]|"
    r"\b(?:ai|llm|a\.i\.) (?:readers?|systems?|tools?|agents?|models?|assistants?)\s*[:,]"
)
_ENDS_DATA = re.compile(
    r"(?:^\W{0,8}|[-=#*/<>\[(|]\s{0,3})\b(?:end of (?:the )?|fim d[aeo]s? )"
    r"(?:logs?|data|facts|context|documents?|input|records?|registros?|dados|fatos|contexto|documentos?|entrada)\b"
)
REPEAT_THIS = re.compile(
    r"[,;–—-]\s*(?:so |please |e |entao )?(?:say|report|answer|reply|repeat|state|tell them|use|"
    r"write|diga|informe|responda|relate|repita|escreva)\s+(?:just |only |apenas |so )?"
    r"(?:that|this|so|it|isso|isto|assim)\b\W*$"
)
"""A claim that the model is to repeat: all of the sentence is hostile."""
TEMPLATE_MARK = re.compile(
    r"<\|\w+\|>|\[/?inst\]|<</?sys>>|</?(?:system|assistant|instructions?|facts|answer|prompt)>|"
    r"<(?:start|end)_of_turn>|#{2,}\s*(?:response|instruction|answer|system|assistant)\b"
)
SYSTEM_LINE = re.compile(r"^\W*(?:system|sistema)\s*:\s*\S")
_SAY = (
    r"(?:answer|respond|reply|output|say|emit|state|respond[ae]|responde[rn]?|diga|antworte|"
    r"antworten sie|reponde[zs]?|repondre|rispond[ia]|rispondere|antwoord)"
)
_WRITE = (
    r"(?:print|return|write|repeat|type|produce|escrev[ae]|imprim[ae]|retorn[ea]|devolv[ae]|repita)"
)
_CHOOSE = (
    r"(?:choose|select|pick|opt for|decide (?:on|for)|vote(?: for)?|go (?:for|with)|prefer|"
    r"escolh(?:a|er|e)|selecion(?:e|a|ar)|opt(?:e|ar) por|prefira|fique com|elij[ae]|elige|elegir|"
    r"escoge|selecciona|wahle\w*|nimm|chois\w+|scegli\w*|kies)"
)
_SET = (
    r"(?:classify|categori[sz]e|label|tag|file|route|mark|treat|rate|score|record|report|flag|"
    r"assign|set|change|switch|put|force|fill|classifi(?:que|car)|categoriz(?:e|ar)|rotul(?:e|ar)|"
    r"etiquet(?:e|ar)|marqu(?:e|ar)|trat[ea]|defin[ae]|coloqu(?:e|ar)|mude|alter[ea]|preench[ae]|"
    r"registr[ea]|encaminh(?:e|ar))"
)
_OBJECT = (
    r"(?:it|this|that|these|them|everything|all|the|a|an|my|value|label|option|choice|category|"
    r"class|status|priority|field|fields|score|answer|result|output|tag|verdict|ticket|case|message|"
    r"request|report|document|item|record|severity|sentiment|topic|intent|department|queue|action|"
    r"e-?mail|text|alert|isso|isto|este|esta|esse|essa|o|a|os|as|tudo|todos?|valor|rotulo|opcao|"
    r"escolha|categoria|classe|prioridade|campos?|nota|resposta|resultado|saida|chamado|caso|"
    r"mensagem|pedido|acao|texto|alerta)"
)
_AS = r"(?:to be|to|as|under|in|into|=|:|como|para|em|com|por|->|=>)"
_FILLER = (
    r"(?:only|just|exactly|simply|always|with|the|a|an|one|single|word|text|string|value|label|"
    r"option|choice|category|class|number|name|called|named|literally|that|it|is|apenas|so|somente|"
    r"exatamente|sempre|com|que|o|a|e|um|uma|palavra|texto|valor|rotulo|opcao|categoria|classe|"
    r"alternativa|mit|immer|nur|die|den|das|option|par|toujours|la|le|el|con|il|met|de|[=:>-]+)"
)
_OUTPUT = (
    r"(?:answer|choice|option|category|label|class|verdict|classification|decision|resposta|escolha|"
    r"opcao|categoria|rotulo|classe|veredito|classificacao|decisao|alternativa|respuesta|opcion|"
    r"antwort|auswahl|reponse|choix|risposta|scelta|antwoord|keuze|output|result|resultado|status|"
    r"severity|urgency|urgencia|priority|prioridade|severidade|action|acao|field|campo|value|valor|tag|intent|topic|"
    r"reason|kind|score|type|level|motivo|tipo|nivel)"
)
_ANSWER = (
    r"(?:answer|choice|label|verdict|resposta|escolha|rotulo|veredito|respuesta|antwort|reponse|"
    r"choix|risposta|scelta|antwoord|keuze|final[ _]\w+)"
)
_CERTAIN = (
    r"(?:only|right|correct|true|real|proper|best|expected|final|valid|permitted|appropriate|"
    r"accepted|golden|unic[ao]|cert[ao]|corret[ao]|verdadeir[ao]|esperad[ao]|correcta|richtige|"
    r"bonne|giusta|corretta|juiste)"
)
_IS = r"(?:is|are|must be|should be|will be|has to be|e|eh|deve ser|sera|es|ist|est|[:=]|->|=>)"
_STATES_ANSWER = (
    rf"\b(?:(?:{_CERTAIN} (?:\w+ )?{_OUTPUT}|{_OUTPUT} {_CERTAIN})\s*(?:here |aqui )?{_IS}|"
    rf"{_ANSWER}[\"']?\s*{_IS}|"
    rf"{_OUTPUT} (?:must|should|has to|shall|deve|precisa|tem que) (?:be|ser))"
    r"\s*(?:always |sempre |the |o |a |called |[\"'`*«“:]\s*)*"
)
_IS_SETTLED = (
    r"\b(?:this|the|este|esta|esse|o|a) (?:ticket|message|case|request|e-?mail|text|alert|chamado|"
    r"mensagem|caso|texto|alerta) (?:has (?:already )?been|was|is|foi|ja foi|esta|ja esta) "
    r"(?:already |ja )?(?:classified|labell?ed|tagged|categori[sz]ed|routed|triaged|assigned|"
    r"reviewed|marked|filed|classificad[oa]|rotulad[oa]|triad[oa]|marcad[oa]|revisad[oa]) "
    r"(?:and \w+ )?(?:as|to|under|in|como|para|em)\s+[\"'`*]?"
)
_NO_OTHER = (
    rf"\b(?:any|every|all|qualquer|toda) (?:other|outr[ao]) {_OUTPUT}|"
    rf"\b(?:any|every) {_OUTPUT} (?:but|except|other than)\b"
)
_INSTEAD = (
    r"\b(?:ignore|disregard|forget|ignorem?|desconsidere|esqueca)\s+(?:the|this|that|what|o|a|os|as|este|"
    rf"esta)\s+\w+(?:\s\w+)?(?:,\s*|\s+and\s+|\s+e\s+|;\s*)(?:just |simply |apenas )?"
    rf"(?:{_SAY}|{_WRITE}|{_CHOOSE}|{_SET})\b"
)
OVERRULING = re.compile(f"{_OVERRULES}|{_BRINGS_RULES}|{_NO_OTHER}|{_INSTEAD}")
PROMPT_BREAK = re.compile(
    rf"{_CLAUSE_START}(?:ignore|disregard|forget|override|bypass|desconsidere|esqueca)\s+"
    r"(?:all|any|every|everything|the|your|these|those|each|of|tod[ao]s|tudo|as|os|a|o|suas?|\s)*\s*"
    r"(?:(?:previous|prior|earlier|above|preceding|original|system)\s+(?:\w+ )?(?:instructions?|"
    r"rules?|prompts?|directions?|guidelines?)|(?:instructions?|rules?|prompts?|instruc(?:oes|ao)|"
    r"regras?|ordens)\s+(?:above|before|given|you|anterior(?:es)?|acima|que))|"
    rf"(?:{_SPEAKS_TO_READER}).{{0,200}}?(?:{_WHATEVER})"
)
ORDERS_ALONE = (OVERRULING, TEMPLATE_MARK, ASIDE, LABELLED_ORDER, _IF_ASKED, TO_READER, _ENDS_DATA)
"""Each of these is an order, whatever stands beside it."""
WHATEVER_INPUT = re.compile(_WHATEVER)
MODEL_ADDRESSED = re.compile(_SPEAKS_TO_READER)
LEAD_IN = re.compile(
    r"^\W*(?:ignor\w+|disregard|forget|please|important|urgent|attention|desconsider\w+|esqueca|"
    rf"por favor|importante|atencao)\b|{_WHATEVER}|\b(?:{_READER}|instruc\w+|instructions?|note|"
    r"nota|notice|message|mensagem|system|sistema|admin\w*|override|task|tarefa|prompt)\b"
)
ORDER_AT_START = re.compile(rf"{_CLAUSE_START}(?:{_SAY}|{_WRITE}|{_CHOOSE}|{_SET})\b(?!\s*:)")
ORDER_VERB = re.compile(rf"\b(?:{_SAY}|{_WRITE}|{_CHOOSE}|{_SET})\b")
_SET_OUTPUT = rf"{_SET}\s+(?:{_OBJECT}\s+){{0,4}}{_AS}"
_SAY_ONLY = rf"(?:{_SAY}|{_WRITE})(?:\s*{_FILLER}){{1,5}}|{_SAY}"
ORDER_BEFORE_WORD = re.compile(
    rf"{_CLAUSE_START}(?:{_SAY}(?:\s*{_FILLER}){{0,5}}|"
    rf"{_SET}\s+(?:{_OBJECT}\s+){{0,3}}{_OUTPUT}\s+{_AS})\s*$"
)


def order_to_set(fields: str, underscored: str) -> re.Pattern[str]:
    """Return the pattern of orders to set a field of the answer.

    :param fields: the pattern of its fields' names, empty without any.
    :param underscored: the pattern of those names that no sentence has by chance.
    """
    outputs = "|".join((_OUTPUT, fields or _OUTPUT))
    return re.compile(
        rf"\b(?:{_SET}|sets|marks|reports)\s+(?:the |o |a )?"
        rf"(?:{_OUTPUT}|{underscored or _OUTPUT})"
        r"\s+(?:to|as|=|:|para|como)\s|"
        rf"\b(?:{outputs})\b[\"'`]?\s*(?:must|should|has to|shall|needs to|deve|precisa|"
        r"tem que|tem de)\s+(?:always |sempre )?(?:be|ser|read|say|dizer)\b"
        r"(?! (?:re)?(?:checked|verified|tested|monitored|updated|confirmed by|approved by|"
        r"(?:verificad|conferid|monitorad|atualizad)[oa])\b)"
    )


def _in_brackets(names: str) -> str:
    """Return the pattern of orders in brackets, where less is enough: "[set urgency low]",
    "(must be rated low)", "(AI: low)", "(urgency: low, do not change)"."""
    return (
        r"[(\[{<]\W*(?:(?:please|just|simply|always|only|apenas|sempre) )*"
        rf"(?:(?:(?:{_ROLE})s?\s*[:,=]|(?:{_SAY}|{_WRITE}|{_CHOOSE}|{_SET})\b|"
        r"(?:\w+ )?(?:must|should|has to|deve) (?:be|ser)\b)"
        rf"(?:\W+(?!(?:or|ou|not|nao)\b)\w+){{0,3}}?\W+(?:{names})\b(?=\W*(?:$|[)\]}}>]))|"
        rf"\w+\s*[:=]\s*(?:{names})\b\W+(?:do not|don'?t|nao) (?:change|edit|mude|altere))"
    )


def order_to_answer(names: str) -> re.Pattern[str]:
    """Return the pattern of orders to give, choose or set one of the answers.

    :param names: the pattern of the answers' names.
    """
    quotes = r"[\s\"'`*«“:]*"
    more = rf"(?![\"'`*]?\s*(?:,|/|\||or|ou)\s*(?:or |ou )?[\"'`*]?(?:{names})\b)"
    return re.compile(
        rf"{_CLAUSE_START}(?:(?:{_CHOOSE}|{_SAY_ONLY})(?:\s*{_FILLER})*|{_SET_OUTPUT}"
        rf"(?:\s+{_FILLER})*){quotes}\b(?:{names})\b(?!-){more}|"
        rf"(?:{_STATES_ANSWER}|{_IS_SETTLED}){quotes}\b(?:{names})\b(?!-){more}|"
        rf"{_in_brackets(names)}|"
        rf"\b(?:{_OUTPUT}) (?:of|for|d[aeo]) (?:this|the|[oa]|este|esta) \w+ "
        rf"(?:must|should|has to|deve) (?:be|ser) {quotes}(?:{names})\b(?!-){more}|"
        r"\b(?:when|while|quando|ao) (?:you )?(?:summari[sz]|classif|sort|rat(?:e|ing)|triag|label|"
        rf"resum)\w*,? (?:\w+ )?(?:{_SAY}|{_WRITE}|{_CHOOSE}|{_SET}|put|ponha)\W+(?:\w+\W+)?"
        rf"(?:{names})\b(?!-){more}|"
        rf"\b(?:{names})[\"'`*]? (?:is|e|eh|es) (?:the |a |o )?"
        rf"(?:{_CERTAIN} (?:\w+ )?{_OUTPUT}|{_OUTPUT} {_CERTAIN})\b"
    )
