"""Whether a sentence tells somebody to do something, in one of eleven languages.

It does when it is polite, says what somebody should do, recommends or wants something, or has its
verb in the imperative; what it asks for does not matter. What is merely the case ("the pod has been
restarting", "scale-up failed", "o volume deve encher") is not an order.
"""

from __future__ import annotations

import re

from function.reflection.text.words import fold

_POLITE = (
    r"please|kindly|thanks|thank you|(?:would|could|can) you|por favor|favor \w+[aei]r|"
    r"por gentileza|obrigad[oa]|gracias|agradec\w+"
)
_DUTY = (
    r"(?:you|we|one) (?:must|should|need|(?:have|ought|want|would like) (?:\w+ )?to)|"
    r"(?:must|should|(?:has|have|needs?|ought) to) be \w+ed|let'?s|let us|"
    r"your (?:task|job)|(?:sua|tu) (?:tarefa|tarea)|"
    r"(?:voces?|nos|usted|ustedes|nosotros) (?:devem?|deve|precisam?|debe|deben)|"
    r"dev(?:es|emos|eria|eriamos)|deb(?:es|emos|eria|erias)|precisamos|necesitamos|"
    r"(?:deve|devem|debe|deben|precisa|precisam|tem que|tem de) ser \w+d[oa]s?|"
    r"(?:temos|tienes|tenemos|hay) (?:que|de)|(?:deve|debe)-?se|se (?:debe|deve)|vamos|"
    r"(?:e|es) (?:preciso|necess?ario|recomendavel|recomendable|melhor|mejor)"
)
_ADVICE = (
    r"(?:i|we|they|team|sre|ops) (?:recommend|suggest|advise)s?|(?:it )?would be (?:best|better)|"
    r"(?:is|are) (?:\w+ )?(?:recommended|suggested|advised|preferred|preferable)|"
    r"(?:right|best|proper|only|correct) (?:thing|fix|way|step|solution|move)|"
    r"(?:the|a|o|la) (?:fix|cure|solution|solucao|solucion) (?:is|e|es)|"
    r"\w+ing is (?:required|needed)|recomenda-?se|sugere-?se|aconselha-?se|"
    r"se (?:recomienda|sugiere|aconseja|ruega|pide)|"
    r"(?:recomend|suger|aconselh|aconsej)(?:o|amos|imos|am|an)|recomiendo|sugiero|"
    r"(?:acao|medida|solucao|accion|solucion) (?:certa|correta|correcta|indicada)"
)
_WISH = (
    r"(?:asks?|tells?|orders?|wants?|says?|(?<!was )(?<!were )(?:asked|told|ordered|said)) "
    r"(?:\w+ ){0,2}to|(?:approved|authori[sz]ed|aprovad[oa]|aprobad[oa])\s*:|"
    r"(?:pede|pedem|pediu|manda|mandou|pide|piden|pidio|mando) (?:que|para|a |de )?\s*\w+[aei]r|"
    r"(?:note|message|nota|recado|mensaje) (?:to|for|para|ao|al|a) (?:the |o |a |el |la )?"
    r"(?:assistant|ai|model|agent|bot|reader|operator|assistente|asistente|modelo|agente|ia)"
)
_START = (
    r"(?:^|[:;,–—!?]|\s-)\s*(?:(?:and|then|so|just|now|first|simply|always|never|e|y|entao|agora|"
    r"ahora|primeiro|primero|apenas|sempre|siempre)\s+)*"
)
_IMPERATIVE = (
    r"(?:restart|reboot|bounce|kill|delete|remove|recreate|redeploy|drain|cordon|evict|scale|"
    r"resize|increase|decrease|raise|lower|reduce|add|reconcile|sync|suspend|resume|roll|revert|"
    r"check|verify|inspect|investigate|examine|review|look|have|take|use|run|try|call|execute|"
    r"trigger|perform|apply|invoke|do|start|stop|treat|consider|leave|close|mark|keep|follow|skip) "
    r"(?:(?:the|a|an|this|that|these|those|it|them|all|any|every|your|our|its|more|nothing|"
    r"everything|why|whether|at the|into the)\b|"
    r"(?:up|down|out|back|off) (?:the|a|an|this|that|it|them|all|now)\b|"
    r"[^,;]{0,40}\b(?:now|immediately|asap|right away|at once|instead|first)[.!]*$)|"
    r"make sure|do not|don't|(?:try|consider) \w+ing|go (?:ahead|with|for)|proceed (?:with|to|by)"
)
_IMPERATIVO = (
    r"(?:reinici[ea]|escal[ea]|escalone|aument[ea]|diminua|reduz[ae]|reconcili[ea]|sincroni[cz][ea]|"
    r"verifi(?:que|ca)|revis[ea]|comprueb[ea]|cheque|confira|olhe|veja|mir[ea]|examin[ea]|"
    r"inspe(?:cione|cciona|ccione)|investigue|us[ea]|utili[cz][ea]|execut[ea]|ejecut[ea]|rode|"
    r"fac[ao]|haga|haz|apli(?:que|ca)|deix[ea]|dej[ea]|trat[ea]|consider[ea]|adicione|acrescente|"
    r"anad[ae]|agreg(?:a|ue)|remov[ae]|apag(?:a|ue)|delet[ea]|elimin[ea]|mat[ea]|suspend[ae]|"
    r"acione|dispare|marque|nao faca|no hagas?) "
    r"(?:o|a|os|as|um|uma|mais|el|la|los|las|un|una|mas|este|esta|esse|essa|isso|isto|esto|nada|"
    r"tudo|todo)\b|(?:proceda|prossiga|siga|procede) (?:com|con|a|com o)\b"
)
_OTHER_LANGUAGES = (
    # German, Dutch
    r"bitte|danke|(?:du|sie|ihr|wir|man) (?:musst|mussen|muss|sollst|sollen|sollte[nst]*)|"
    r"(?:muss|mussen|sollte|sollten) (?:\w+ ){0,3}werden|(?:starte|skaliere|prufe|loesche|losche|"
    r"fuhre|erhohe|reduziere|wahle|nimm|mach|tu|lass|stoppe|behebe|uberprufe|starten|skalieren|"
    r"prufen|erhohen|fuhren|verwenden|uberprufen) (?:den|die|das|sie|es|nichts|mehr|alle|bitte|"
    r"sofort|einfach)|(?:neustart|skalierung|uberprufung) \w* ?(?:notig|erforderlich|empfohlen)|"
    r"(?:lost|behebt|hilft bei) (?:das|dieses|den|die|es)|"
    r"alstublieft|alsjeblieft|graag|(?:je|u|we|jullie) (?:moet|moeten|zou moeten)|"
    r"(?:herstart|schaal|controleer|verhoog|verwijder|gebruik|voer|stop|doe) (?:de|het|een|niets|"
    r"meer|onmiddellijk|meteen)|"
    # French, Italian
    r"s'?il (?:vous|te) plait|merci|veuillez|(?:vous|tu|on|nous) (?:devez|dois|doit|devons|"
    r"devriez|devrait)|il (?:faut|convient)|(?:redemarr|augment|diminu|verifi|supprim|execut|"
    r"reconcili|synchronis|utilis|lanc|appliqu|arret|laiss)(?:ez|e|er|ons) (?:le|la|les|l'|un|une|"
    r"des|ce|cette|tout|rien|plus|immediatement)|(?:resout|regle|corrige|aide) (?:le|ce|cela|ca)|"
    r"per favore|prego|grazie|(?:devi|dovete|dobbiamo|dovresti|bisogna|occorre)|"
    r"(?:riavvi|scal|aument|controll|verific|elimin|esegu|us|applic|ferm|lasci)(?:a|ate|i) "
    r"(?:il|lo|la|i|gli|le|l'|un|una|subito|niente|tutto|immediatamente)|"
    # What is said to help, in English, Portuguese and Spanish as well
    r"(?:always |usually )?(?:resolves?|fixes|solves?|cures?|helps?|helped|worked)|"
    r"(?:every|last) time|(?:se )?(?:resolve|soluciona|resuelve|conserta|arregla)(?:-se)?|"
    r"(?:risolve|risolto|opgelost|lost op) (?:il|lo|la|het|de|ogni)?"
)
ANSWER_STEMS = tuple(
    fold(word)
    for word in (
        "игнорир", "забуд", "инструкц", "выбер", "выбир", "выбрать", "ответ", "правильн",
        "правил", "忽略", "无视", "無視", "忘记", "忘記", "忘れ", "指令", "指示", "选择", "選",
        "选项", "答案", "答え", "回答", "正确", "正確", "正解", "规则", "規則", "무시", "지시",
        "선택", "정답", "답변", "تجاهل", "اختر", "الإجابة", "الجواب", "चुनें", "उत्तर", "अनदेखा",
    )
)  # fmt: skip
"""Parts of words that speak of an answer or a choice, in scripts and languages that bend or join
them."""
_WRITTEN_TOGETHER = tuple(
    fold(word)
    for word in (
        # Russian, Chinese, Japanese, Korean: words that need no boundary
        "пожалуйста", "необходимо", "нужно", "надо ", "следует", "перезапусти", "масштабируй",
        "увеличь", "проверь", "удали", "сделай", "решает", "решит", "поможет", "помогает",
        "请", "請", "必须", "必須", "应该", "應該", "需要", "立即", "马上", "馬上", "重启一下",
        "就能解决", "可以解决", "解决问题", "解決", "ください", "下さい", "しなさい", "せよ",
        "すべき", "必要があります", "お願い", "直ちに", "すぐに", "再起動し", "하세요", "하십시오",
        "해야", "해주세요", "يجب", "من فضلك", "कृपया", "चाहिए", "lutfen",
    )
)  # fmt: skip
# A word within a name, such as recommended-products, is not addressed to a reader.
_ORDER = re.compile(
    rf"(?<![\w./-])(?:{_POLITE}|{_DUTY}|{_ADVICE}|{_WISH}|{_OTHER_LANGUAGES})(?![\w/-])"
    rf"|{_START}(?:{_IMPERATIVE}|{_IMPERATIVO})"
)


def is_order(folded: str) -> bool:
    """Return whether a sentence, folded, tells somebody to do something."""
    if _ORDER.search(folded) is not None:
        return True
    return any(word in folded for word in _WRITTEN_TOGETHER)
