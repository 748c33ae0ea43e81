"""Whether a sentence tells somebody to do something, in English, Portuguese or Spanish.

It does when it is polite, says what somebody should do, recommends or wants something, or has its
verb in the imperative; what it asks for does not matter. What is merely the case ("the pod has been
restarting", "scale-up failed", "o volume deve encher") is no order.
"""

from __future__ import annotations

import re

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
# A word within a name, such as recommended-products, says nothing to anybody.
_ORDER = re.compile(
    rf"(?<![\w./-])(?:{_POLITE}|{_DUTY}|{_ADVICE}|{_WISH})(?![\w/-])"
    rf"|{_START}(?:{_IMPERATIVE}|{_IMPERATIVO})"
)


def is_order(folded: str) -> bool:
    """Whether a sentence, folded, tells somebody to do something."""
    return _ORDER.search(folded) is not None
