"""Names put together from parts, so that no name of one half occurs in the other."""

from __future__ import annotations

from lab.tuning.draw import Draw

_SERVICE_STEMS = (
    "billing", "ledger", "invoice", "catalog", "pricing", "checkout", "basket", "stock", "parcel",
    "tracking", "routing", "geo", "weather", "tariff", "meter", "sensor", "firmware", "thumbnail",
    "video", "audio", "transcode", "subtitle", "archive", "backup", "mirror", "vault", "identity",
    "session", "consent", "profile", "roster", "payroll", "leave", "survey", "ballot", "form",
    "mailer", "push", "webhook", "digest", "feed", "ranker", "embedding", "crawler", "indexer",
    "search", "spell", "translate", "ocr", "label", "fraud", "risk", "quote", "claims", "policy",
    "booking", "seatmap", "loyalty", "coupon", "refund", "wallet", "fx", "tax", "audit",
)  # fmt: skip
_SERVICE_ROLES = (
    "api", "worker", "gateway", "sync", "cache", "store", "queue", "proxy", "scheduler", "frontend",
    "backend", "consumer", "writer", "reader", "exporter", "relay",
)  # fmt: skip
_KNOWN_SERVICES = (
    "postgresql", "redis", "kafka", "nginx", "vault", "harbor", "jenkins", "gitlab", "traefik",
    "etcd", "mongodb", "clickhouse", "nats", "keycloak", "opensearch", "airflow", "envoy", "mysql",
    "cassandra", "thanos", "velero", "longhorn", "istiod", "coredns", "memcached", "zookeeper",
)  # fmt: skip
_NAMESPACES = (
    "payments", "media", "platform", "edge", "shop", "identity", "analytics", "mail", "staging",
    "data", "search", "logistics", "iot", "finance", "hr", "games",
)  # fmt: skip
_FIRST = (
    "Aline", "Bruna", "Caio", "Davi", "Elisa", "Fabio", "Gael", "Heloisa", "Igor", "Joana",
    "Karina",
    "Lara", "Mateus", "Nadia", "Otto", "Paula", "Quirino", "Raul", "Sara", "Tomas", "Ursula",
    "Vera", "Wagner", "Yara", "Zeca", "Amelia", "Boris", "Clara", "Dennis", "Edith", "Felix",
    "Greta", "Hugo", "Ines", "Jonas", "Kira", "Leon", "Mira", "Noel", "Olga", "Petra", "Ronan",
    "Selma", "Theo", "Ugo", "Vito", "Wanda", "Xenia", "Yusuf", "Zelda",
)  # fmt: skip
_LAST = (
    "Abreu", "Barros", "Castilho", "Duarte", "Esteves", "Freitas", "Guedes", "Holanda", "Ibarra",
    "Jardim", "Klein", "Lacerda", "Moreno", "Nogueira", "Okafor", "Peixoto", "Queiroz", "Rangel",
    "Sandoval", "Tavares", "Uchoa", "Valente", "Werner", "Xavier", "Yamada", "Zanetti", "Adler",
    "Brandt", "Cole", "Dietrich", "Ekman", "Fischer", "Grant", "Hale", "Iversen", "Jansen",
)  # fmt: skip
_SYLLABLES = (
    "ka", "lo", "ri", "ven", "sol", "mar", "ti", "no", "bra", "du", "fe", "gal", "hel", "im", "jo",
    "ket", "lum", "mo", "nar", "or", "pel", "qui", "ras", "sin", "tor", "ul", "vi", "wen", "xi",
    "yl", "zan", "bel", "cor", "dra", "el",
)  # fmt: skip
_CITIES = (
    "Aveiro", "Bergen", "Cusco", "Dresden", "Evora", "Florence", "Ghent", "Hobart", "Iquique",
    "Jena", "Kyoto", "Leiria", "Malmo", "Natal", "Olinda", "Porto", "Quito", "Recife", "Salta",
    "Turku", "Utrecht", "Vigo", "Winterthur", "York", "Zadar", "Belem", "Cadiz", "Delft",
)  # fmt: skip
MONTHS_EN = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
MONTHS_PT = (
    "janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro",
    "outubro", "novembro", "dezembro",
)  # fmt: skip


def service(draw: Draw) -> str:
    """Return the name of a service."""
    if draw.chance(0.2):
        return draw.one(_KNOWN_SERVICES)
    return f"{draw.one(_SERVICE_STEMS)}-{draw.one(_SERVICE_ROLES)}"


def services(draw: Draw, count: int) -> list[str]:
    """Return so many distinct names of services."""
    found: list[str] = []
    while len(found) < count:
        name = service(draw)
        if name not in found:
            found.append(name)
    return found


def namespace(draw: Draw) -> str:
    """Return the name of a namespace."""
    return draw.one(_NAMESPACES)


def person(draw: Draw) -> str:
    """Return a first and a last name."""
    return f"{draw.one(_FIRST)} {draw.one(_LAST)}"


def people(draw: Draw, count: int) -> list[str]:
    """Return so many distinct first names."""
    return draw.some(_FIRST, count, count)


def made_up(draw: Draw, parts: int = 2) -> str:
    """Return an invented word, such as that of a brand or an artist."""
    return "".join(draw.one(_SYLLABLES) for _ in range(parts)).capitalize()


def city(draw: Draw) -> str:
    """Return the name of a city."""
    return draw.one(_CITIES)


def code(draw: Draw, prefix: str, digits: int = 3) -> str:
    """Return an identifier such as ``T-204``."""
    return f"{prefix}{draw.integer(10 ** (digits - 1), 10**digits - 1)}"


def date(draw: Draw) -> str:
    """Return a date as ISO 8601 writes it."""
    year = draw.integer(2023, 2026)
    return f"{year}-{draw.integer(1, 12):02d}-{draw.integer(1, 28):02d}"
