"""Secrets of any kind in any text: passwords, tokens, keys, signatures, wherever they stand.

One table, ``SECRETS``, says what a secret looks like. The time is linear in the length of the text, whatever it holds,
and redacting twice is redacting once.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby

PLACEHOLDER = "*****"


@dataclass(frozen=True, slots=True)
class Secret:
    """How one kind of secret is written.

    The pattern is tried only where one of ``words``, in lower case, and one of the characters ``marks`` (if any) occur
    in the text. ``replacement`` is a template of ``re.sub``, or a function of the match.
    """

    name: str
    words: tuple[str, ...]
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str]
    marks: str = ""


def redact_text(text: str) -> str:
    """``text`` with ``*****`` for every secret in it. What names an asset (host, port, database, table) stays.

    Known limits: the table behind a password that ends a JDBC URL (``;password=x:dbo.T``) stays only where it is
    spelled ``schema.table`` (the agent has masked it away by then, as a rule); a password that nothing names, and that
    has no known shape, cannot be seen.
    """
    low = text.lower()
    for (words, marks), secrets in _GROUPS:
        for word in words:
            if word in low:
                if not marks or any(mark in low for mark in marks):
                    for secret in secrets:
                        text = secret.pattern.sub(secret.replacement, text)
                break
    return text


def is_secret_name(name: str) -> bool:
    """Whether an option, a header or a property of this name holds a secret, whatever its value looks like."""
    low = name.lower()
    if not any(word in low for word in _NAME_TRIGGERS):
        return False
    return _SECRET_NAME.search(name) is not None and _HARMLESS_NAME.fullmatch(name) is None


def redact_mapping(options: Mapping[str, str]) -> dict[str, str]:
    """Options with the values of secret names masked, and all others (and the names) as ``redact_text`` leaves them."""
    return {
        redact_text(name): PLACEHOLDER if value and is_secret_name(name) else redact_text(value)
        for name, value in options.items()
    }


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that may be stored, by lower-case name: what describes the body, the sender and the workspace.

    Never keys, authorisation or cookies, whatever they are called.
    """
    lower = ((name.lower(), value) for name, value in headers.items())
    return {
        name: redact_text(value)
        for name, value in lower
        if (name in _SAFE_HEADERS or name.startswith(_SAFE_PREFIXES)) and not is_secret_name(name)
    }


_SAFE_HEADERS = frozenset(
    {"accept", "accept-encoding", "content-encoding", "content-length", "content-type", "user-agent", "x-request-id"}
)
_SAFE_PREFIXES = ("x-databricks-", "x-spline-", "absa-spline-")

_NAME_TRIGGERS = (
    *("pass", "pwd", "secret", "token", "credential", "key", "sig", "sas", "jwt", "bearer", "auth", "cookie", "jaas"),
    *("connectionstring", "connection_string", "connection-string", "connection.string", "code"),
)
_SECRET_NAME = re.compile(
    r"""
      passw | passphrase | passcode | secret | token | credential | jaas | cookie | bearer | authorization
    | connection[._-]?string
    | (?<![a-z]) pwd | (?-i:Pwd) | (?<![a-z]) pass (?![a-z])
    | (?<![a-z]) (?:sig|signature|sas|jwt|code) (?![a-z]) | (?-i:(?:Sig|Signature|Sas|SAS|Jwt) (?![a-z]))
    | key (?![a-z])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_HARMLESS_NAME = re.compile(
    r"""
    (?:.*[._-])?
    (?: (?:primary|partition(?:ing)?|sort|join|foreign|cluster(?:ing)?|group(?:ing)?|surrogate|business|natural|unique
          |row|map|hash|range|distribution|order|record|message|task|job[_-]?cluster|lookup|merge|index|public|sequence)
        [._-]?key
      | (?:exit|status|error|response|country|currency|language|zip|postal|op)[._-]?code
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)

_KEYS = (
    r"(?:account|access|api|shared|private|pvt|storage|master|functions?|host|subscription|encryption|signing|secret"
    r"|admin|auth|app(?:lication)?)"
)
_NAME = (
    r"(?:passw(?:or)?d|passphrase|passcode|(?<![a-z])(?:pwd|pass(?![a-z])|pw(?![a-z]))|(?-i:Pwd|Pass(?![a-z]))|secret|token"
    r"|credentials?|fs\.azure\.sas|connection[ ._-]?string|sharedaccesssignature"
    rf"|{_KEYS}(?:[ ._-]|access)?key)[\w.-]{{0,100}}"
)
"""What calls a secret by its name in a text: stricter than ``_SECRET_NAME``, for any word may stand in a text."""
_PREFIX = r"[\w.-]{0,60}?"
_TEXT_QUOTE = r"\\{0,3}[\"']"
_UNMASKED = r"(?!\*{5}(?:[;&\s\"',)\]}:/@\\%<]|\Z))"
"""What follows is not masked already."""
_TABLE = r"(?=:\w+\.\w+\Z)"
"""The table that the agent writes behind a JDBC URL."""
_PORT = r"\d{1,5}(?:[/?#;,:\s\"']|\Z)"
_USER = r"://[^\s/:@?#;,&\"'<>\[\]]{0,128}:"
_PLAIN_VALUE = r"(?:(?!,\s*+[\w.-]{1,60}+\s*+(?:[=:]|->))(?![)\]}](?:[\s/,;)\]}\"']|\Z))[^\s\"';&])+"
"""An unquoted value: up to a blank, a quote, a bracket at its end, or a comma before the next name."""
_NAMED = ("pass", "pw", "secret", "token", "credential", "key", "sas", "connection", "sharedaccess")
_NAMED_MARKS = "=:>,%<'\""
_AFTER = rf"\g<1>{PLACEHOLDER}"


def _secret(
    name: str,
    words: tuple[str, ...],
    pattern: str,
    replacement: str | Callable[[re.Match[str]], str] = _AFTER,
    *,
    marks: str = "",
    fold: bool = True,
) -> Secret:
    flags = re.DOTALL | re.IGNORECASE if fold else re.DOTALL
    return Secret(name, words, re.compile(pattern, flags), replacement, marks)


def _named(name: str, pattern: str, replacement: str = _AFTER) -> Secret:
    return _secret(f"named, {name}", _NAMED, pattern, replacement, marks=_NAMED_MARKS)


def _signed(match: re.Match[str]) -> str:
    """A run of ``a=b&c=d`` is a shared access signature when ``sig`` is among it."""
    return PLACEHOLDER if _SIGNATURE.search(match[0]) else match[0]


_SIGNATURE = re.compile(r"(?:\A|[&?]|%26)sig(?:=|%3D)", re.IGNORECASE)

SECRETS: tuple[Secret, ...] = (
    _secret(
        "private key",
        ("private key",),
        r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)",
        PLACEHOLDER,
    ),
    _secret(
        "authorization header",
        ("authorization", "cookie"),
        rf"\b((?:authorization|cookie)[\"'\\]{{0,4}}+[ \t]{{0,4}}+(?:[:=,]|->)[ \t]{{0,4}}+[\"'\\]{{0,4}}+){_UNMASKED}"
        r"[^\r\n\"'\\}]+",
    ),
    _secret("bearer token", ("bearer",), rf"\b(bearer(?:\s|%20|\+)++){_UNMASKED}[\w.~+/=-]{{4,}}"),
    _secret("basic authorization", ("basic ",), r"\b(basic\s++)(?=[a-z/+]*+[0-9=])[a-z0-9+/]{8,}={0,2}"),
    _secret("json web token", ("eyj",), r"(?<![\w-])eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?", PLACEHOLDER, fold=False),
    _secret(
        "databricks token",
        ("dapi", "dkea", "dose"),
        r"(?<![a-z0-9])(?:dapi|dkea|dose)(?=[a-z]*+[0-9])[0-9a-z]{8,}(?:-\d+)?",
        PLACEHOLDER,
    ),
    _secret("aws key id", ("akia", "asia"), r"(?<![A-Z0-9])(?:AKIA|ASIA)[0-9A-Z]{12,}", PLACEHOLDER, fold=False),
    _secret(
        "vendor token",
        ("ghp_", "gho_", "ghs_", "ghu_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "xoxa-", "aiza"),
        r"(?<![\w-])(?:gh[opsu]_|github_pat_|glpat-|xox[abp]-|AIza)[\w-]{16,}",
        PLACEHOLDER,
    ),
    _secret("entra client secret", ("q~",), r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{30,40}", PLACEHOLDER, fold=False),
    _secret("account key", ("==",), r"(?<![a-z0-9+/])[a-z0-9+/]{86}==", PLACEHOLDER),
    _secret(
        "shared access signature",
        ("sig=", "sig%3d"),
        r"(?<![^\s\"'<>;,?(\[{=])\w[\w.-]{0,40}+(?:=|%3D)[^\s\"'<>;,?\\]*",
        _signed,
    ),
    _secret(
        "signature", ("sig=", "sig%3d"), rf"((?:(?<![a-z])|(?<=%3F)|(?<=%26))sig(?:=|%3D)){_UNMASKED}[^&\s\"'#;,\\]+"
    ),
    _secret("function key", ("code=",), rf"([?&]code=){_UNMASKED}[^&\s\"'#\\]+"),
    _secret(
        "password in a URL",
        ("://",),
        rf"({_USER})(?!{_PORT}){_UNMASKED}[^\s/?#\"'<>]*@",
        rf"{_AFTER}@",
        marks="@",
    ),
    _secret(
        "password with a slash in a URL",
        ("://",),
        rf"({_USER})(?!{_PORT}){_UNMASKED}(?:(?!://)[^\s\"'<>@;])*+@",
        rf"{_AFTER}@",
        marks="@",
    ),
    _secret(
        "oracle login",
        ("jdbc:oracle",),
        rf"(jdbc:oracle:\w{{1,10}}:[^\s/@:\"]{{1,128}}/){_UNMASKED}"
        r"(?:\"[^\"]*\"|(?:(?!jdbc:)\S)*?)@(?=//|\(|[\w.-]++(?:[:/]|\Z))",
        rf"{_AFTER}@",
    ),
    _secret(
        "identified by",
        ("identified",),
        rf"\b(identified\s++by\s++(?:values\s++)?+){_UNMASKED}(?:'[^']*'?|\"[^\"]*\"?)?[^\s;]*",
    ),
    _secret("option of a command", ("--",), rf"((?<![\w-])--?{_PREFIX}{_NAME}\s++){_UNMASKED}[^\s\"'-][^\s\"']*"),
    _secret(
        "property line",
        ("spark.", "fs.", "hadoop.", "hive.", "javax."),
        rf"(?<![\w.])((?:spark|fs|hadoop|hive|javax)\.{_PREFIX}{_NAME}\s++){_UNMASKED}(?![=:{{]|->)[^\s\"']+",
    ),
    _named("in braces", rf"({_NAME}\s{{0,4}}+=\s{{0,4}}+)\{{(?:[^}}]|\}}\}})*+(?:\}}|\Z)"),
    _named(
        "in a connection string",
        rf"(;\s{{0,4}}+[\w .-]{{0,40}}?{_NAME}\s{{0,4}}+=\s{{0,4}}+){_UNMASKED}"
        rf"(?:[^;\r\n\"']*+(?=;)|[^;\s\"']*?{_TABLE}|[^;\s\"']*)",
    ),
    _named("in a query string", rf"([?&]{_PREFIX}{_NAME}=){_UNMASKED}(?:[^&\s\"']*?{_TABLE}|[^&\s\"'<>]*)"),
    _named("as a folder", rf"(/{_NAME}=){_UNMASKED}[^/\s\"';&]*(?=/)"),
    _named("URL-encoded", rf"({_NAME}%3[DA]){_UNMASKED}(?:(?!%26|%3B|%2C|%22|%7D)[^\s&;\"'])*"),
    _named("in XML", rf"(<[\w:.-]{{0,40}}?{_NAME}(?:\s[^<>]{{0,100}})?>){_UNMASKED}[^<]*"),
    _named("in a pair", rf"(\({_PREFIX}{_NAME},\s{{0,4}}+){_UNMASKED}[^\s)\"',]+"),
    _named(
        "quoted",
        rf"({_NAME}(?:{_TEXT_QUOTE})?+\s{{0,4}}+"
        rf"(?>,\s{{0,4}}+{_TEXT_QUOTE}val(?:ue)?{_TEXT_QUOTE}\s{{0,4}}+:|=>|->|[:=,]|(?<=\s))\s{{0,4}}+"
        rf"(\\{{0,3}})([\"'])){_UNMASKED}.*?(?=(?<!\\)\2\3|\Z)",
    ),
    _named(
        "with a colon",
        rf"((?<![^\s,{{(\[;\"'\\<>|]){_PREFIX}{_NAME}(?:{_TEXT_QUOTE})?+\s{{0,4}}+:\s{{0,4}}+)(?![{{\[\\]){_UNMASKED}{_PLAIN_VALUE}",
    ),
    _named(
        "with an equals sign",
        rf"({_NAME}(?:{_TEXT_QUOTE})?+\s{{0,4}}+(?:=>|->|=)\s{{0,4}}+)(?!\\{{1,3}}[\"']){_UNMASKED}{_PLAIN_VALUE}",
    ),
)
"""Tried in this order: what is known by its shape, then what is known by its place, then what is called by its name."""

_GROUPS = tuple((key, tuple(group)) for key, group in groupby(SECRETS, key=lambda secret: (secret.words, secret.marks)))
