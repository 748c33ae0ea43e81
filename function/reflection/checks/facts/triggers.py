"""Words by which :mod:`~function.reflection.checks.facts.verify` decides which verifiers to ask.

Each pattern is looked for in the folded question unless it says otherwise. It is wider than what
its verifier reads: it only spares a call where nothing can come of it.
"""

from __future__ import annotations

import re

ITSELF = re.compile(r"\b(?:you|am i|voce|vc|ajudar|perguntar|falando)\b|^\W*(?:help|ajuda)\b")
"""What the assistant is and does."""
LITERAL = re.compile(
    r"^\W*(?:\w+,? ){0,2}(?:say|reply|respond|answer|repeat|echo|diga|responda|repita)\b", re.I
)
"""An answer that the question gives."""
SUMMARY = re.compile(r"summar|\btl;? ?dr\b|\bresum[aeo]\b", re.I)
GIVES = re.compile(rf"{LITERAL.pattern}|{SUMMARY.pattern}", re.I)
"""The answer, or the text that it is made of, in a question as it is written."""
EXTRACT = re.compile(r"\b(?:e-?mails?|urls?|links?|web address\w*|ips?|uuids?)\b")
"""What has a form by which it is found."""
TODAY = re.compile(r"\b(?:today|hoje)\b")
SAID_BEFORE = re.compile(r"\b(?:did i|have i|i said|i told|i mentioned|disse|falei)\b")
WHY = re.compile(r"\b(?:why|por que|porque|how come)\b")
ORDER = re.compile(r"\b(?:order|sequence|ordem|sequencia)\b")
CALCULATION = re.compile(
    r"\d ?(?:[*x×/÷+-]|(?:%|per ?cent|por cento) ?(?:of|de)\b|plus|minus|times|divided|vezes|"
    r"mais|menos|dividido) ?"
)
AMOUNT = re.compile(r"\d ?[a-z]")
DIFFERS = re.compile(
    r"\b(?:missing|lacks?|not|never|left out|forgot\w*|skipped|outstanding|differ\w*|same|match\w*|"
    r"identical|drift\w*|compare\w*|extra|unplanned|unexpected|falt\w+|nao|esquec\w+|difer\w+|"
    r"mesm[oa]s?|igua\w+|bate\w*|compar\w+|sobr\w+|a mais)\b|n['’]t\b"
)
"""In what two things differ."""
HOW_TO = re.compile(
    r"\bhow (?:do|can|should|would|could|must|to)\b|\bwhat (?:do|should|must) \w+ do\b|"
    r"\bo que (?:eu )?(?:faco|devo fazer|fazer)\b|^[^\w\n]*(?:\w+[^\w\n]+)?como\b",
    re.M,
)
_MATTER = (
    r"(?:errors?|problems?|alerts?|incidents?|issues?|events?|outages?|status|situation|facts|"
    r"notifications?)"
)
ACCOUNT = re.compile(
    r"\bwhat (?:has )?happened\b|\bwhat(?:'s| is) (?:going on|the (?:status|situation))\b|"
    r"\b(?:write|send|draft|give|prepare|make) (?:me |us )?(?:an? |the )?(?:[\w-]+ ){0,2}"
    r"(?:notification|notice|alert|report|summary|message|update|status|overview)\b|"
    rf"\b(?:describe|summari[sz]e|report|explain) (?:the |this |that |these )(?:\w+ )?{_MATTER}\b|"
    r"\bo que (?:aconteceu|houve|esta acontecendo)\b|\bqual (?:e )?(?:o status|a situacao)\b|"
    r"\b(?:escreva|envie|faca|prepare|mande) (?:um |uma )?(?:[\w-]+ ){0,2}"
    r"(?:notificacao|aviso|alerta|relatorio|resumo|mensagem|status)\b|"
    r"\b(?:descreva|resuma|explique) (?:o |a |os |as |este |esse |esta |essa )"
    r"(?:erros?|problemas?|alertas?|incidentes?|eventos?|falhas?|situacao|fatos)\b"
)
WHETHER = re.compile(r"^\W*(?:is there|are there|do (?:we|you) have|ha|tem|temos|existem?|houve)\b")
MONITORED = (
    r"alert\w*|cpu|memor(?:y|ia)|dis[kc]o?|pods?|latenc\w+|uptime|load|usage|uso|health\w*|saude|"
    r"down|temperatur\w+"
)
"""What is measured all the time."""
HOW_IT_IS = re.compile(
    r"\b(?:right now|at the moment|at present|currently|neste momento|no momento|agora mesmo|"
    r"atualmente|last night)\b|\b(?:now|agora|today|yesterday|hoje|ontem)\W*$|"
    r"^(?=.*\b(?:how (?:many|much|high|full)|is|are|what|any|quant[oa]s?|qual|ha|esta|estao)\b)"
    rf"(?=.*\b(?:{MONITORED}|firing|running|rodando|fora do ar)\b)"
)
"""How things are now."""
NOW = (
    r"(?:now|currently|today|tonight|tomorrow|yesterday|at the moment|at present|outside|"
    r"(?:this|last|next) (?:night|morning|afternoon|evening|week|month|year|hour|weekend)|"
    r"agora|hoje|ontem|amanha|neste momento|no momento|atualmente|la fora|"
    r"(?:est[ea]|nest[ea]) (?:noite|manha|tarde|semana|mes|ano))"
)
"""Times of what is asked about now."""
READING = (
    r"(?:status|state|health|load|usage|utili[sz]ation|balance|level|reading|value|latency|"
    r"uptime|humidity|temperature|error rate|error budget|slo|queue|price|exchange rate|cause|"
    r"estado|carga|uso|saldo|nivel|leitura|valor|umidade|temperatura|preco|causa|situacao)"
)
"""What one thing has at one time."""
WITHOUT_FACTS = re.compile(
    r"^\W*(?:is|are|was|were|did|has|have|do|will|any|which|who|when|where|why|how|show|list|give|"
    r"tell|check|please|est[aá]|est[aã]o|liste|mostre|verifique|veja|qua\w+|quem|onde|por|"
    r"meus?|minhas?|[oa]s?|que|help|ajuda|"
    r"hello|hi|hey|hiya|howdy|nice|what's|greetings|good|goodbye|bye|see|farewell|ping|test\w*|world|there|ok|okay|"
    r"ol[aá]|oi|oie|bom|boa|tudo|como|mundo|pessoal|tchau|adeus|at[eé])\b|"
    r"\b(?:today|hoje|you|voc[eê]|vc|thanks|thank|thx|cheers|obrigad[oa]|brigad[oa]|valeu)\b|"
    rf"\bwhat\b.*\b(?:time|day|date|weather|my|our|current|last|latest|{NOW}|{READING}|{MONITORED})"
    rf"\b|{CALCULATION.pattern}|{GIVES.pattern}|{EXTRACT.pattern}",
    re.I,
)
"""What a verifier may read though a request has no facts, in a question as it is written."""
PASTED = re.compile(r"[{\[]|\n[^\n:=]{1,60}[:=]|^[^\n:=?]{1,60}[:=][^\n?]*\n")
"""Data in the text of a prompt, which is not folded."""

FORM_WORDS = re.compile(
    r"\b(?:only|just|nothing|words?|sentences?|list|numbered|bullet\w*|comma\w*|semi-?colon\w*|"
    r"line|s[óo]|somente|apenas|nada|palavras?|frases?|lista|v[íi]rgulas?|linha|t[óo]picos|"
    r"marcadores|slash\w*|barras?|upper ?case|lower ?case|capitals|capital letters|caps|"
    r"mai[úu]sculas|"
    r"min[úu]sculas|caixa alta|alphabetic\w*|alfab[ée]tic\w+|alfabeticamente|sorted|"
    r"ordenad[oa]s|yes\W{1,3}or|sim\W{1,3}ou)\b",
    re.I,
)
"""Every demand on the form of an answer, in a question as it is written."""
LAYOUTS = re.compile(r"\bcsv\b|\b(?:table|tabela)\b|[A-Z]=|\b(?:key|chave)\b", re.I)
"""Every demand for lines such as ``KEY=value``, or for a table, in a question as it is written."""
THING = re.compile(
    r"(?:(?:please|por favor),? )?(?:return|give(?: me)?|reply with|respond with|answer with|print|"
    r"write|output|tell me|send|me diga|diga|informe|retorne|escreva|responda com|devolva|passe)? ?"
    r"((?:the|its|o|a) (?![^?.!]*\bones\b)[^?.!]{2,60})[.!]?",
    re.I,
)
"""What alone is demanded: *only the total*."""

LISTS = re.compile(r":[*\s]*\n\s*(?:[-*•–]|1[.)])\s[^\n]+[)\w]")
"""Begins a list, in instructions."""
TELLS = re.compile(r"\d|\b(?:not|no|n[ãa]o|nunca|never)\b", re.I)
"""Marks of instructions that may tell what is asked for."""
BINDS = re.compile(r"\b(?:only|solely|somente|apenas|só)\b", re.I)
"""Marks of instructions that may allow nothing but the records."""
LINES = re.compile(r"\\n|: \[['\"]")
"""Marks of a text of several lines, or of a list of texts, in a context as Python writes it."""
